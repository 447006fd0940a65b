// One look at a Git server: which branches it asked for, and what came back.
import type { CommitId } from '../api/identifiers.ts';
import type { Resolved, SourceFailure } from './source.ts';

export type Heads = ReadonlyMap<string, CommitId>;

export type Poll = {
  readonly startedAt: number;
  readonly branches: ReadonlySet<string>;
  readonly resolved: Resolved;
};

export function knows(poll: Poll, branch: string): boolean {
  return poll.branches.has(branch);
}

/** Throws a RangeError for a branch that the look did not ask for. */
export function headOf(resolved: Resolved, branch: string): CommitId | SourceFailure {
  if (resolved.kind === 'failed') return resolved;
  const head = resolved.heads.get(branch);
  if (head === undefined) throw new RangeError('a look left a branch out that it was asked for');
  return head;
}

/** Whether a branch's head, or the failure to see it, is not what the look before said. */
export function isNews(before: Poll, now: Resolved, branch: string): boolean {
  const then = before.branches.has(branch) ? headOf(before.resolved, branch) : undefined;
  const head = now.kind === 'failed' ? now : now.heads.get(branch);
  return describe(then) !== describe(head);
}

function describe(head: CommitId | SourceFailure | undefined): string {
  if (head === undefined) return '';
  return typeof head === 'string' ? head : `${head.reason} ${head.message}`;
}
