// PURE: the status that sync wants, from the one that stands and an attempt. On any failure the last good revision and
// hash stay. Server-side apply takes away what an apply leaves out, so this is always all that sync owns.

import {
  type FetchingStatus,
  findCondition,
  type GitConfig,
  maxRevisions,
  type SyncStatus,
  syncConditions,
} from '../api/gitconfig.ts';
import { type Hash12, shortHash } from '../api/identifiers.ts';
import type { Condition } from '../api/objects.ts';
import { formatRevision, formatShortRevision, parseRevision, type Revision } from '../api/revision.ts';
import { timestamp } from '../lib/timestamp.ts';
import type { Attempt, PublishOutcome, Throttled } from './attempt.ts';
import { nextRemote } from './remote-status.ts';

export type SyncWish = SyncStatus & { readonly conditions: readonly Condition[] };

/** `now` in milliseconds since 1970. */
export function nextStatus(config: GitConfig, attempt: Attempt, now: number): SyncWish {
  // A fetch that was under way has ended with the attempt.
  const { fetching: _, lost: lostBefore = [], ...before } = currentStatus(config);
  const { fetched, published } = attempt;
  const lost = attempt.absent?.lost.map(({ hash }) => hash).toSorted() ?? lostBefore;
  const remote = nextRemote(before, attempt);
  const handled = attempt.requestedAt ?? before.lastHandledSyncAt;
  const accepted = fetched.kind === 'ok' ? acceptedFields(before, fetched.revision, published) : {};
  const condition = conditionWriter(config, before.conditions, now);
  return {
    ...before,
    ...accepted,
    ...(handled === undefined ? {} : { lastHandledSyncAt: handled }),
    ...(remote === undefined ? {} : { remote }),
    ...(attempt.live === undefined ? {} : { live: attempt.live }),
    ...(lost.length === 0 ? {} : { lost }),
    conditions: [
      fetched.kind === 'ok'
        ? condition(
            'Fetched',
            'True',
            'Succeeded',
            `${formatShortRevision(fetched.revision)} is the newest revision`,
          )
        : condition('Fetched', 'False', fetched.reason, fetched.message),
      ...publishedCondition(before.conditions, published, condition),
      ...throttledCondition(attempt.throttled, condition),
    ],
  };
}

/**
 * While a fetch takes long. What was the newest revision is so no more, and the one that is has not come yet. After a
 * failure it stays one until something was read.
 */
export function statusWhileFetching(config: GitConfig, fetching: FetchingStatus, now: number): SyncWish {
  const before = currentStatus(config);
  // The published one is fetched once more when its Snapshot was deleted: that is no news of Git.
  const isNews = fetching.revision !== before.revision;
  if (!isNews || findCondition(config, 'Fetched')?.status === 'False') return { ...before, fetching };
  const condition = conditionWriter(config, before.conditions, now);
  const revision = parseRevision(fetching.revision);
  const shown = revision === undefined ? fetching.revision : formatShortRevision(revision);
  const others = before.conditions.filter(({ type }) => type !== 'Fetched');
  const message = `${shown} is the newest revision, and is being fetched`;
  return {
    ...before,
    fetching,
    conditions: [condition('Fetched', 'Unknown', 'Fetching', message), ...others],
  };
}

/** Where Git is not looked at: no fetch is under way, and nothing is short that would make looks fewer. */
export function statusAtRest(config: GitConfig, now: number): SyncWish {
  const { fetching: _, ...wish } = withoutThrottled(config);
  const fetched = wish.conditions.find(({ type }) => type === 'Fetched');
  if (fetched?.status !== 'Unknown') return wish;
  const condition = conditionWriter(config, wish.conditions, now);
  const others = wish.conditions.filter((each) => each !== fetched);
  const message = 'the fetch of the newest revision was given up, since Git is not looked at';
  return { ...wish, conditions: [condition('Fetched', 'Unknown', 'Suspended', message), ...others] };
}

/** What of the status that stands belongs to sync. */
export function currentStatus(config: GitConfig): SyncWish {
  const { revision, shortRevision, lastAttemptedRevision, hash, revisions } = config.status ?? {};
  const { lost, lastHandledSyncAt, remote, fetching, live, conditions } = config.status ?? {};
  const ours: readonly string[] = syncConditions;
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(shortRevision === undefined ? {} : { shortRevision }),
    ...(lastAttemptedRevision === undefined ? {} : { lastAttemptedRevision }),
    ...(hash === undefined ? {} : { hash }),
    ...(revisions === undefined ? {} : { revisions }),
    ...(lost === undefined ? {} : { lost }),
    ...(lastHandledSyncAt === undefined ? {} : { lastHandledSyncAt }),
    ...(remote === undefined ? {} : { remote }),
    ...(fetching === undefined ? {} : { fetching }),
    ...(live === undefined ? {} : { live }),
    conditions: (conditions ?? []).filter((condition) => ours.includes(condition.type)),
  };
}

/** What stands of sync's, but that something is short. */
export function withoutThrottled(config: GitConfig): SyncWish {
  const current = currentStatus(config);
  return { ...current, conditions: current.conditions.filter(({ type }) => type !== 'Throttled') };
}

function acceptedFields(
  before: SyncStatus,
  revision: Revision,
  published: PublishOutcome | undefined,
): SyncStatus {
  if (published === undefined || published.kind === 'settled') return {};
  const attempted = formatRevision(revision);
  if (published.kind === 'refused') return { lastAttemptedRevision: attempted };
  const hash = shortHash(published.hash);
  return {
    revision: attempted,
    shortRevision: formatShortRevision(revision),
    lastAttemptedRevision: attempted,
    hash,
    revisions: handledRevisions(before.revisions ?? [], attempted, hash),
  };
}

function handledRevisions(
  before: NonNullable<SyncStatus['revisions']>,
  revision: string,
  hash: Hash12,
): NonNullable<SyncStatus['revisions']> {
  const others = before.filter((each) => each.revision !== revision);
  return [{ revision, hash }, ...others].slice(0, maxRevisions);
}

type WriteCondition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
) => Condition;

function publishedCondition(
  before: readonly Condition[],
  published: PublishOutcome | undefined,
  condition: WriteCondition,
): Condition[] {
  if (published === undefined || published.kind === 'settled') {
    return before.filter((each) => each.type === 'Published');
  }
  if (published.kind === 'refused') {
    return [condition('Published', 'False', published.reason, published.message)];
  }
  const files = published.fileCount === 1 ? '1 file' : `${published.fileCount} files`;
  return [condition('Published', 'True', 'Succeeded', `${files} in ConfigMap ${published.name}`)];
}

function throttledCondition(throttled: Throttled | undefined, condition: WriteCondition): Condition[] {
  if (throttled === undefined) return [];
  return [condition('Throttled', 'True', throttled.reason, throttled.message)];
}

function conditionWriter(config: GitConfig, before: readonly Condition[], now: number): WriteCondition {
  const { generation } = config.metadata;
  return (type, status, reason, message) => {
    const earlier = before.find((each) => each.type === type);
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: earlier?.status === status ? earlier.lastTransitionTime : timestamp(now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  };
}
