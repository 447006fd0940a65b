// A Snapshot that workloads name and somebody deleted is made again from a commit that had its content, with the spec of
// today: which spec it was made with is not kept, but the hash tells whether the outcome is the same.
import type { GitConfigStatus } from '../../api/gitconfig.ts';
import { type Hash12, parseHash12 } from '../../api/identifiers.ts';
import { formatShortRevision, parseRevision, type Revision } from '../../api/revision.ts';
import type { Absent } from '../attempt.ts';
import type { Handled, Overtaken } from '../handle-revision.ts';

export type RestoreMemory = {
  /** Content whose commits the server did not send the last time. An answer that was cut off looks the same. */
  readonly gone: Set<string>;
};

export type Restoring =
  | Overtaken
  /** `retry`: not all is known yet. */
  | { readonly kind: 'tried'; readonly absent: Absent; readonly retry: boolean };

type One =
  | Overtaken
  | { readonly kind: 'restored' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'open'; readonly retry: boolean };

type Read = (revision: Revision, only: Hash12) => Promise<Handled>;

// Each is a read of its own; the rest has its turn in the next run.
const mostReads = 10;
// The same content in several commits: the newest ones are the likeliest to be had.
const revisionsEach = 3;

export async function restoreAbsent(
  status: GitConfigStatus,
  options: {
    readonly memory: RestoreMemory;
    /** Whether what is known to be lost is tried once more. */
    readonly tryLost: boolean;
    readonly isThere: (hash: Hash12) => boolean;
  },
  read: Read,
): Promise<Restoring> {
  const { memory, tryLost, isThere } = options;
  const { missing = [], lost: before = [], hash: newest } = status;
  const lost: Absent['lost'][number][] = [];
  const restored: string[] = [];
  let retry = false;
  let reads = 0;
  const counted: Read = (...args) => {
    reads += 1;
    return read(...args);
  };
  for (const hash of missing) {
    const short = parseHash12(hash);
    if (hash === newest || (short !== undefined && isThere(short))) continue;
    const isKnown = before.includes(hash);
    if (isKnown && !tryLost) {
      lost.push({ hash, why: undefined });
      continue;
    }
    if (reads >= mostReads) {
      retry = true;
      if (isKnown) lost.push({ hash, why: undefined });
      continue;
    }
    const one = await restoreOne(hash, status, memory, counted);
    if (one.kind === 'overtaken') return one;
    if (one.kind === 'restored') restored.push(hash);
    else if (one.kind === 'lost') lost.push({ hash, why: isKnown ? undefined : one.why });
    else {
      if (isKnown) lost.push({ hash, why: undefined });
      retry ||= one.retry;
    }
  }
  return { kind: 'tried', absent: { lost, restored }, retry };
}

async function restoreOne(
  hash: string,
  { revisions = [] }: GitConfigStatus,
  memory: RestoreMemory,
  read: Read,
): Promise<One> {
  const only = parseHash12(hash);
  if (only === undefined) return { kind: 'lost', why: 'no content has a hash like that' };
  const having = revisions
    .flatMap((each) => (each.hash === hash ? [parseRevision(each.revision)] : []))
    .filter((revision) => revision !== undefined)
    .slice(0, revisionsEach);
  let why = 'no commit in status.revisions had it';
  let isGone = false;
  for (const revision of having) {
    const handled = await read(revision, only);
    const shown = formatShortRevision(revision);
    if (handled.kind === 'overtaken') return handled;
    if (handled.kind === 'published') {
      memory.gone.delete(hash);
      return { kind: 'restored' };
    }
    if (handled.kind === 'failed' && handled.class !== 'change')
      return { kind: 'open', retry: handled.class === 'retry' };
    if (handled.kind === 'moved' || handled.kind === 'failed') {
      isGone = true;
      why = `the server does not give ${shown} any more`;
    } else if (handled.differs === true) {
      why = `${shown} gives other content with the spec of today (path, mountPath, env and what selects files count)`;
    } else if (handled.reason === 'NameTaken') return { kind: 'open', retry: false };
    else if (handled.reason === 'PublishFailed' || handled.mayPass === true)
      return { kind: 'open', retry: true };
    else why = `${shown} cannot be published with the spec of today: ${handled.message}`;
  }
  if (isGone && !memory.gone.has(hash)) {
    memory.gone.add(hash);
    return { kind: 'open', retry: true };
  }
  memory.gone.delete(hash);
  return { kind: 'lost', why };
}
