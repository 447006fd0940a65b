// One look at a Git server: which references it asked for, and what came back.
import type { Head, Resolved, SourceFailure } from './source.ts';

/** By `referenceKey`. */
export type Heads = ReadonlyMap<string, Head>;

export type Poll = {
  readonly startedAt: number;
  /** Of the references: their keys. */
  readonly asked: ReadonlySet<string>;
  readonly resolved: Resolved;
};

/** Throws a RangeError for a reference that the look did not ask for. */
export function headOf(resolved: Resolved, key: string): Head | SourceFailure {
  if (resolved.kind === 'failed') return resolved;
  const head = resolved.heads.get(key);
  if (head === undefined) throw new RangeError('a look left a reference out that it was asked for');
  return head;
}

export function isHead(head: Head | SourceFailure): head is Head {
  return !('kind' in head);
}

/** Whether a reference's head, or the failure to see it, is not what the look before said. */
export function isNews(before: Poll, now: Resolved, key: string): boolean {
  const then = before.asked.has(key) ? headOf(before.resolved, key) : undefined;
  const head = now.kind === 'failed' ? now : now.heads.get(key);
  return describe(then) !== describe(head);
}

function describe(head: Head | SourceFailure | undefined): string {
  if (head === undefined) return '';
  return isHead(head) ? `${head.name} ${head.commit}` : `${head.reason} ${head.message}`;
}
