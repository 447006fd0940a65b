// PURE: which Events a change of status is worth. One when something begins, none while it lasts.
import type { Condition } from '../api/objects.ts';
import { formatShortRevision, parseRevision } from '../api/revision.ts';
import type { Attempt } from './attempt.ts';
import type { SyncWish } from './next-status.ts';

export type Transition = {
  readonly type: 'Normal' | 'Warning';
  readonly reason:
    | 'Published'
    | 'FetchFailed'
    | 'PublishFailed'
    | 'WaitingForApproval'
    | 'Recovered'
    | 'HistoryRewritten'
    | 'TagMoved'
    | 'SnapshotRestored'
    | 'SnapshotLost';
  readonly message: string;
};

export function transitions(before: SyncWish, after: SyncWish, attempt: Attempt): Transition[] {
  const found: Transition[] = [...rewritten(before, after, attempt)];
  const fetched = changeOf(before, after, 'Fetched');
  const published = changeOf(before, after, 'Published');
  if (fetched.failed) found.push({ type: 'Warning', reason: 'FetchFailed', message: fetched.message });
  // The same reason at another revision is another failure: somebody has pushed and should hear of it.
  const attemptedAnew = before.lastAttemptedRevision !== after.lastAttemptedRevision;
  if (published.failed || (published.isFalse && attemptedAnew)) {
    const waits = published.reason === 'WaitingForApproval';
    const reason = waits ? 'WaitingForApproval' : 'PublishFailed';
    found.push({ type: 'Warning', reason, message: published.message });
  }
  if (fetched.recovered || published.recovered) {
    const message = fetched.recovered ? fetched.message : published.message;
    found.push({ type: 'Normal', reason: 'Recovered', message });
  }
  if (after.hash !== undefined && after.hash !== before.hash) {
    const message = `content ${after.hash} of ${after.shortRevision ?? ''}: ${published.message}`;
    found.push({ type: 'Normal', reason: 'Published', message });
  }
  return [...found, ...absent(after, attempt)];
}

function absent({ hash = '' }: SyncWish, attempt: Attempt): Transition[] {
  const { lost = [], restored = [] } = attempt.absent ?? {};
  return [
    ...restored.map((each): Transition => {
      const message = `the Snapshot of content ${each} was absent, and was made again from Git`;
      return { type: 'Normal', reason: 'SnapshotRestored', message };
    }),
    ...lost.flatMap(({ hash: each, why }): Transition[] => {
      // Known before: it was said then.
      if (why === undefined) return [];
      const then =
        each === hash
          ? 'new Pods wait for the next commit that can be published'
          : `workloads that name it are moved to ${hash}`;
      const message = `content ${each} is lost: its Snapshot is absent, and ${why}; ${then}`;
      return [{ type: 'Warning', reason: 'SnapshotLost', message }];
    }),
  ];
}

// What is published follows all the same; whoever did not mean it should hear of it.
function rewritten(before: SyncWish, after: SyncWish, { fetched, history }: Attempt): Transition[] {
  if (fetched.kind === 'failed' || history === undefined) return [];
  const then = parseRevision(before.remote?.revision ?? '');
  const now = fetched.revision;
  if (then === undefined || then.ref !== now.ref || then.commit === now.commit) return [];
  // Another spec may speak of another repository.
  const generation = (wish: SyncWish) => find(wish, 'Fetched')?.observedGeneration;
  if (generation(before) !== generation(after)) return [];
  const moved = `from ${formatShortRevision(then)} to ${formatShortRevision(now)}`;
  if (fetched.reference !== 'branch') {
    return [{ type: 'Warning', reason: 'TagMoved', message: `tag ${now.ref} was moved ${moved}` }];
  }
  const { comparison } = history;
  if (comparison !== 'Diverged' && comparison !== 'Behind') return [];
  if (comparison === before.remote?.comparison) return [];
  const message =
    comparison === 'Behind'
      ? `branch ${now.ref} was set back to an older commit, ${moved}`
      : `branch ${now.ref} was rewritten, ${moved}: the published commit is no longer part of it`;
  return [{ type: 'Warning', reason: 'HistoryRewritten', message }];
}

function changeOf(before: SyncWish, after: SyncWish, type: string) {
  const then = find(before, type);
  const now = find(after, type);
  const isFalse = now?.status === 'False';
  return {
    isFalse,
    reason: now?.reason,
    failed: isFalse && (then?.status !== 'False' || then.reason !== now.reason),
    recovered: now?.status === 'True' && then?.status === 'False',
    message: now?.message ?? '',
  };
}

function find(wish: SyncWish, type: string): Condition | undefined {
  return wish.conditions.find((condition) => condition.type === type);
}
