// One repository as it is followed: what was read before, and the way that brings a commit's folder with the fewest bytes.
import type { CommitId } from '../../../api/identifiers.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Folder, History } from '../../source.ts';
import type { FolderLimits } from '../folder-words.ts';
import type { GitLimits } from '../limits.ts';
import { type FollowSubmodule, type ReadFiles, readFolder } from '../read-folder.ts';
import type { Transport } from '../transport.ts';
import { askStanding } from './ask-standing.ts';
import { type Commit, parseCommit } from './commit.ts';
import { commitsOf, fetchDifference } from './difference.ts';
import { type Commits, type Standing, standingAtHand, subjectsOf } from './history.ts';
import { createObjectStore } from './object-store.ts';
import { CommitGone, type Objects } from './objects.ts';
import { NeedsWhole, onlyStored, provideObjects } from './provide-objects.ts';
import type { ReadShallow } from './read-shallow.ts';
import { type Counted, createSession, type Fetch, type ReadContext } from './session.ts';
import { type Tip, worthKeeping } from './worth-keeping.ts';

export type ReadAt = {
  /** Who reads: the next read of the same begins from what this one brings. */
  readonly key: string;
  readonly commit: CommitId;
  /** `''` for a commit that was named itself. */
  readonly refName: string;
  readonly path: string;
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
};

// What a commit of a day's work changes is a few KB; the walk down to a folder costs about as many requests as this has
// tenths of a second on a slow line.
const followUpBytes = 256 * 1024;
// Until a server is asked again whether it gives objects by name: it learns that when somebody upgrades it, and until
// it is noticed everything works, for more bytes.
const wholeMilliseconds = 3_600_000;
// A folder that nobody has read for so long belongs to nobody any more, or to a branch without commits.
const tipMilliseconds = 24 * 3_600_000;
const maxTips = 256;
const maxStandings = 64;
const subjects = 5;

export function createReader({ transport, shown, limits, clock, readShallow }: ReaderOptions): Reader {
  const store = createObjectStore();
  const tips = new Map<string, Tip & { readonly readAt: number }>();
  const standings = new Map<string, Standing>();
  let wholeUntil = Number.NEGATIVE_INFINITY;
  let tidied = 0;
  let running = 0;

  const commits: Commits = (oid) => {
    const object = store.get(oid);
    return object?.type === 'commit' ? parseCommit(object.bytes) : undefined;
  };

  const read: Reader['read'] = async (at, context, counted) => {
    const session = createSession(transport, context, counted);
    const open = async (): Promise<Fetch | undefined> =>
      clock.monotonic() < wholeUntil ? undefined : session.open();
    running += 1;
    try {
      const sent = await catchUp(at, open);
      const walked = await walkOrReadWhole(at, open, context, counted);
      if (walked === undefined) return { kind: 'noCommit' };
      const { commit, files } = walked;
      if (files.kind === 'failed') return files;
      tips.delete(at.key);
      tips.set(at.key, { commit: at.commit, path: at.path, readAt: clock.monotonic() });
      const history = await tellHistory(at, open, sent);
      if (files.kind === 'rejected') return { ...files, history };
      return { kind: 'ok', files: files.files, author: commit.author, subject: commit.subject, history };
    } finally {
      running -= 1;
      session.end();
    }
  };

  // One request for all that has changed since the last read, whatever folder it is in: most of it is what is wanted.
  const catchUp = async (
    at: ReadAt,
    open: () => Promise<Fetch | undefined>,
  ): Promise<ReadonlySet<string> | undefined> => {
    const root = commits(at.commit)?.tree;
    const base = baseOf(at);
    if (base === undefined || (root !== undefined && store.has(root))) return undefined;
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

  // A base that is also the published commit tells at once how the new one stands to it.
  const baseOf = ({ key, published }: ReadAt): string | undefined => {
    const known = [...tips.values()].map(({ commit }) => commit);
    return tips.get(key)?.commit ?? known.find((commit) => commit === published) ?? known.at(-1);
  };

  const walkOrReadWhole = async (
    at: ReadAt,
    open: () => Promise<Fetch | undefined>,
    context: ReadContext,
    counted: Counted,
  ): Promise<Walked | undefined> => {
    try {
      return await walk(at, provideObjects(store, open, at.limits));
    } catch (error) {
      if (!(error instanceof NeedsWhole)) throw error;
      const now = clock.monotonic();
      if (now >= wholeUntil) wholeUntil = now + wholeMilliseconds;
    }
    const before = counted.bytes;
    const { objects } = await readShallow(
      {
        transport,
        refName: at.refName,
        commit: at.commit,
        path: at.path,
        shown,
        limits,
        admit: context.admit,
        onProgress: ({ bytes, objects }) => {
          counted.bytes = before + bytes;
          counted.objects = objects;
          context.onProgress({ bytes: counted.bytes, objects });
        },
      },
      context.deadline.signal,
    );
    store.add(objects);
    if (!store.has(at.commit)) throw new CommitGone();
    return walk(at, onlyStored(store));
  };

  const walk = async (at: ReadAt, objects: Objects): Promise<Walked | undefined> => {
    await objects.need('commit', [at.commit]);
    const commit = commits(at.commit);
    if (commit === undefined) return undefined;
    const follow = at.follow?.(objects, commit.tree);
    return { commit, files: await readFolder(objects, commit.tree, at.path, at.limits, follow) };
  };

  const tellHistory = async (
    { commit: head, published }: ReadAt,
    open: () => Promise<Fetch | undefined>,
    sent: ReadonlySet<string> | undefined,
  ): Promise<History> => {
    const key = `${head} ${published}`;
    const known = standings.get(key) ?? standingAtHand(commits, head, published);
    // It is an ornament: whatever is wrong with the server by now, the folder is read.
    const standing =
      known ??
      (published === undefined
        ? undefined
        : await askStanding(open, store, commits, { head, published, sent }).catch(() => undefined));
    if (standing !== undefined) {
      standings.delete(key);
      standings.set(key, standing);
      for (const oldest of standings.keys()) if (standings.size > maxStandings) standings.delete(oldest);
    }
    const standingOrUnknown = standing ?? { comparison: 'Unknown' };
    return { ...standingOrUnknown, subjects: subjectsOf(commits, head, subjects) };
  };

  return {
    read,
    tidy() {
      // What a read has just received is not yet said to be wanted.
      if (running > 0 || store.additions() === tidied) return;
      const now = clock.monotonic();
      for (const [key, tip] of tips) {
        if (tips.size > maxTips || now - tip.readAt > tipMilliseconds) tips.delete(key);
      }
      store.keep(worthKeeping(store, commits, mostWanted([...tips.values()].reverse())));
      tidied = store.additions();
    },
    size: store.size,
    close() {
      store.clear();
      tips.clear();
      standings.clear();
      transport.close();
    },
  };
}

type Walked = { readonly commit: Commit; readonly files: ReadFiles };

// Each folder in the newest commit first: others who follow it read that next.
function mostWanted(tips: readonly Tip[]): Tip[] {
  const [newest] = tips;
  if (newest === undefined) return [];
  const paths = [...new Set(tips.map(({ path }) => path))];
  return [...paths.map((path) => ({ path, commit: newest.commit })), ...tips];
}
