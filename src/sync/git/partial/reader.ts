// One repository as it is followed: what was read before, and the way that brings a commit's folder with the fewest bytes.
import type { CommitId } from '../../../api/identifiers.ts';
import type { Selection } from '../../../content/select/selection.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Folder } from '../../source.ts';
import type { FolderLimits } from '../folder-words.ts';
import type { GitLimits } from '../limits.ts';
import { type FollowSubmodule, type ReadFiles, readFolder } from '../read-folder.ts';
import type { Transport } from '../transport.ts';
import type { Commit } from './commit.ts';
import { commitsOf, fetchDifference } from './difference.ts';
import type { KeptBudget } from './kept-budget.ts';
import { createObjectStore } from './object-store.ts';
import { CommitGone, type Objects } from './objects.ts';
import { parsedCommits } from './parsed-commits.ts';
import { NeedsWhole, onlyStored, provideObjects } from './provide-objects.ts';
import type { ReadShallow } from './read-shallow.ts';
import { bytesOf, type Counted, createSession, type ReadContext, type Session, tell } from './session.ts';
import { createTellHistory } from './tell-history.ts';
import { createTips } from './tips.ts';
import { createWholeForNow } from './whole-for-now.ts';
import { worthKeeping } from './worth-keeping.ts';

export type ReadAt = {
  /** Who reads: the next read of the same begins from what this one brings. */
  readonly key: string;
  readonly commit: CommitId;
  /** `''` for a commit that was named itself. */
  readonly refName: string;
  readonly selection: Selection;
  readonly limits: FolderLimits;
  readonly published: CommitId | undefined;
  /** Of the commit's root. Undefined: submodules are told as what they are. */
  readonly follow: ((objects: Objects, root: string) => FollowSubmodule) | undefined;
};

export type Reader = {
  /** Rejects with a MissingObject, a CommitGone, with the errors of `Fetch` and `readShallow`, or the signal's reason. */
  read(at: ReadAt, context: ReadContext, counted: Counted): Promise<ReadCommit>;
  /** Lets go what no next read will want. */
  tidy(): void;
  /** Lets everything go as soon as no read is using it: the next one begins anew. */
  release(): void;
  /** Held now. */
  size(): { readonly objects: number; readonly bytes: number };
  close(): void;
};

export type ReadCommit =
  | Exclude<Folder, { kind: 'moved' }>
  /** The reference names something else. */
  | { readonly kind: 'noCommit' };

export type ReaderOptions = {
  readonly transport: Transport;
  readonly shown: string;
  readonly limits: GitLimits;
  readonly clock: Clock;
  readonly readShallow: ReadShallow;
  /** Shared by all readers. */
  readonly kept: KeptBudget;
};

// What a day's commit changes is a few KB. Beyond this the walk down to the folder, some requests of a few hundred bytes,
// is the shorter way, and what was received for nothing took a quarter of a second of a slow line.
const followUpBytes = 256 * 1024;

export function createReader({ transport, shown, limits, clock, readShallow, kept }: ReaderOptions): Reader {
  const store = createObjectStore();
  const tips = createTips(clock);
  const known = { givesByName: false };
  // What is known of the server then is what it could not do before.
  const wholeForNow = createWholeForNow(clock, transport.forget);
  let tidied = 0;
  let running = 0;
  let isUnwanted = false;

  const commits = parsedCommits(store);
  const tellHistory = createTellHistory(store, commits);

  const read: Reader['read'] = async (at, context, counted) => {
    const { open, end } = createSession(transport, context, counted);
    const session: Session = { open: async () => (wholeForNow.holds() ? undefined : open()), end };
    running += 1;
    keeper.used();
    try {
      const sent = await catchUp(at, session);
      const walked = await walkOrReadWhole(at, session, context, counted);
      if (walked === undefined) return { kind: 'noCommit' };
      const { commit, files } = walked;
      if (files.kind === 'failed') return files;
      tips.note(at.key, { commit: at.commit, paths: at.selection.paths });
      const history = await tellHistory({ head: at.commit, published: at.published, sent }, session.open);
      if (files.kind === 'rejected') return { ...files, author: commit.author, history };
      return { ...files, author: commit.author, subject: commit.subject, history };
    } finally {
      running -= 1;
      session.end();
    }
  };

  // One request for all that has changed since the last read, whatever folder it is in: most of it is what is wanted.
  const catchUp = async (at: ReadAt, { open }: Session): Promise<ReadonlySet<string> | undefined> => {
    const root = commits(at.commit)?.tree;
    const base = tips.base(at.key, at.published);
    if (base === undefined || base === at.commit || (root !== undefined && store.has(root))) return undefined;
    const fetch = await open();
    if (fetch === undefined) return undefined;
    const objects = await fetchDifference(fetch, {
      want: at.commit,
      have: base,
      filter: 'blob:none',
      byteLimit: followUpBytes,
    });
    store.add(objects ?? []);
    return objects !== undefined && base === at.published ? commitsOf(objects) : undefined;
  };

  const walkOrReadWhole = async (
    at: ReadAt,
    { open, end }: Session,
    context: ReadContext,
    counted: Counted,
  ): Promise<Walked | undefined> => {
    try {
      return await walk(at, provideObjects(store, open, at.limits, known));
    } catch (error) {
      if (!(error instanceof NeedsWhole)) throw error;
      wholeForNow.begin();
    }
    end();
    const before = { ...counted };
    const { objects } = await readShallow(
      {
        transport,
        refName: at.refName,
        commit: at.commit,
        selection: at.selection,
        shown,
        limits,
        headMilliseconds: context.headMilliseconds,
        admit: context.admit,
        onProgress: ({ bytes, objects }) => {
          counted.bytes = before.bytes + bytes;
          if (objects !== undefined) counted.objects = objects + (before.objects ?? 0);
          const heldBytes = counted.objectBytes + bytes;
          context.onProgress({ bytes: counted.bytes, objects: counted.objects, heldBytes });
        },
      },
      context.deadline.signal,
    );
    store.add(objects);
    counted.objectBytes += bytesOf(objects);
    tell(counted, context);
    if (!store.has(at.commit)) throw new CommitGone();
    return walk(at, onlyStored(store));
  };

  const walk = async (at: ReadAt, objects: Objects): Promise<Walked | undefined> => {
    await objects.need('commit', [at.commit]);
    const commit = commits(at.commit);
    if (commit === undefined) return undefined;
    const follow = at.follow?.(objects, commit.tree);
    return { commit, files: await readFolder(objects, commit.tree, at.selection, at.limits, follow) };
  };

  const letGo = (): void => {
    isUnwanted = false;
    store.clear();
    tips.clear();
    keeper.holds(store.size());
  };
  const release = (): void => {
    if (running > 0) isUnwanted = true;
    else letGo();
  };
  const keeper = kept.join(release);

  return {
    read,
    tidy() {
      // What a read has just received is not yet said to be wanted.
      if (running > 0) return;
      if (isUnwanted) letGo();
      if (store.additions() === tidied) return;
      store.keep(worthKeeping(store, commits, tips.wanted()));
      tidied = store.additions();
      keeper.holds(store.size());
    },
    release,
    size: store.size,
    close() {
      letGo();
      keeper.leave();
      transport.close();
    },
  };
}

type Walked = { readonly commit: Commit; readonly files: ReadFiles };
