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
  | {
      readonly kind: 'tried';
      readonly absent: Absent;
      /** What may still be made again, and why it was not. */
      readonly open: readonly Open[];
      readonly retry: boolean;
    };

type Open = { readonly hash: string; readonly why: string };

export type One =
  | Overtaken
  | { readonly kind: 'restored' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'open'; readonly why: string; readonly retry: boolean };

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
  const open: Open[] = [];
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
      open.push({ hash, why: one.why });
      retry ||= one.retry;
    }
  }
  return { kind: 'tried', absent: { lost, restored }, open, retry };
}

export async function restoreOne(
  hash: string,
  { revisions = [], history = [] }: GitConfigStatus,
  memory: RestoreMemory,
  read: Read,
): Promise<One> {
  const only = parseHash12(hash);
  if (only === undefined) return { kind: 'lost', why: 'no content has a hash like that' };
  // The first list knows each commit with its newest content only: by another spec it had another.
  const known = [...revisions, ...history].filter((each) => each.hash === hash);
  const having = [...new Set(known.map(({ revision }) => revision))]
    .flatMap((revision) => parseRevision(revision) ?? [])
    .slice(0, revisionsEach);
  let why = 'no commit in status.revisions or status.history had it';
  let isGone = false;
  for (const revision of having) {
    const handled = await read(revision, only);
    if (handled.kind === 'overtaken') return handled;
    const verdict = judge(handled, formatShortRevision(revision));
    if (verdict.kind === 'restored') memory.gone.delete(hash);
    if (verdict.kind === 'restored' || verdict.kind === 'open') return verdict;
    isGone ||= verdict.kind === 'gone';
    why = verdict.why;
  }
  if (isGone && !memory.gone.has(hash)) {
    memory.gone.add(hash);
    return { kind: 'open', why, retry: true };
  }
  memory.gone.delete(hash);
  return { kind: 'lost', why };
}

/** `gone`: as far as this answer tells. */
function judge(
  handled: Exclude<Handled, Overtaken>,
  revision: string,
): Exclude<One, Overtaken> | { readonly kind: 'gone'; readonly why: string } {
  if (handled.kind === 'published') return { kind: 'restored' };
  const isOfCommit = handled.kind === 'moved' || (handled.kind === 'failed' && handled.class === 'change');
  if (isOfCommit) return { kind: 'gone', why: `the server does not give ${revision} any more` };
  const { message } = handled;
  if (handled.kind === 'failed') return { kind: 'open', why: message, retry: handled.class === 'retry' };
  if (handled.differs === true) {
    const what = 'path, mountPath, env and what selects files count';
    return { kind: 'lost', why: `${revision} gives other content with the spec of today (${what})` };
  }
  // A person is to take the other object away.
  if (handled.reason === 'NameTaken') return { kind: 'open', why: message, retry: false };
  if (handled.reason === 'PublishFailed' || handled.mayPass === true)
    return { kind: 'open', why: message, retry: true };
  return { kind: 'lost', why: `${revision} cannot be published with the spec of today: ${message}` };
}
