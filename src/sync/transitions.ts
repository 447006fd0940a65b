// PURE: which Events a change of status is worth. One when something begins, none while it lasts.
import type { Condition } from '../api/objects.ts';
import type { SyncWish } from './next-status.ts';

export type Transition = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'Published' | 'FetchFailed' | 'PublishFailed' | 'Recovered';
  readonly message: string;
};

export function transitions(before: SyncWish, after: SyncWish): Transition[] {
  const found: Transition[] = [];
  const fetched = changeOf(before, after, 'Fetched');
  const published = changeOf(before, after, 'Published');
  if (fetched.failed) found.push({ type: 'Warning', reason: 'FetchFailed', message: fetched.message });
  // The same reason at another revision is another failure: somebody has pushed and should hear of it.
  const attemptedAnew = before.lastAttemptedRevision !== after.lastAttemptedRevision;
  if (published.failed || (published.isFalse && attemptedAnew)) {
    found.push({ type: 'Warning', reason: 'PublishFailed', message: published.message });
  }
  if (fetched.recovered || published.recovered) {
    const message = fetched.recovered ? fetched.message : published.message;
    found.push({ type: 'Normal', reason: 'Recovered', message });
  }
  if (after.hash !== undefined && after.hash !== before.hash) {
    const message = `content ${after.hash} of ${after.shortRevision ?? ''}: ${published.message}`;
    found.push({ type: 'Normal', reason: 'Published', message });
  }
  return found;
}

function changeOf(before: SyncWish, after: SyncWish, type: string) {
  const then = find(before, type);
  const now = find(after, type);
  const isFalse = now?.status === 'False';
  return {
    isFalse,
    failed: isFalse && (then?.status !== 'False' || then.reason !== now.reason),
    recovered: now?.status === 'True' && then?.status === 'False',
    message: now?.message ?? '',
  };
}

function find(wish: SyncWish, type: string): Condition | undefined {
  return wish.conditions.find((condition) => condition.type === type);
}
