import { describe, expect, test } from 'vitest';
import type { GitConfig, GitConfigStatus } from '../../src/api/gitconfig.ts';
import { type CommitId, parseCommitId, parseContentHash } from '../../src/api/identifiers.ts';
import type { Attempt } from '../../src/sync/attempt.ts';
import { nextStatus, type SyncWish } from '../../src/sync/next-status.ts';
import { transitions } from '../../src/sync/transitions.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const later = now + 3_600_000;
const config = (status?: GitConfigStatus, generation = 1): GitConfig => ({
  metadata: { name: 'shop', namespace: 'prod', generation },
  spec: { source: { url: 'https://git.example.com/x.git', ref: { branch: 'main' } }, mountPath: '/etc/shop' },
  ...(status === undefined ? {} : { status }),
});
const commit = (digit: string): CommitId => {
  const parsed = parseCommitId(digit.repeat(40));
  if (parsed === undefined) throw new Error(digit);
  return parsed;
};
const revision = (digit: string) => ({ ref: 'main', commit: commit(digit) });
const hash = (digit: string) => {
  const parsed = parseContentHash(digit.repeat(64));
  if (parsed === undefined) throw new Error(digit);
  return parsed;
};
const common = { retry: false, requestedAt: undefined };
const published = (of: string, content: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', revision: revision(of) },
  published: { kind: 'published', hash: hash(content), name: `shop-${content.repeat(12)}`, fileCount: 2 },
});
const refused = (of: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', revision: revision(of) },
  published: { kind: 'refused', reason: 'TooLarge', message: 'too large' },
});
const unreachable: Attempt = {
  ...common,
  fetched: { kind: 'failed', class: 'retry', reason: 'Unreachable', message: 'down' },
  published: undefined,
};
const settled = (of: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', revision: revision(of) },
  published: { kind: 'settled' },
});
const good = nextStatus(config(), published('a', '1'), now);
const reasons = (before: SyncWish, after: SyncWish) => transitions(before, after).map(({ reason }) => reason);
const empty: SyncWish = { conditions: [] };

test('a first revision is told whole', () => {
  expect(good).toEqual({
    revision: `main@sha1:${'a'.repeat(40)}`,
    shortRevision: 'main@sha1:aaaaaaa',
    lastAttemptedRevision: `main@sha1:${'a'.repeat(40)}`,
    hash: '1'.repeat(12),
    revisions: [{ revision: `main@sha1:${'a'.repeat(40)}`, hash: '1'.repeat(12) }],
    conditions: [
      {
        type: 'Fetched',
        status: 'True',
        reason: 'Succeeded',
        message: 'main@sha1:aaaaaaa is the newest revision',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        observedGeneration: 1,
      },
      {
        type: 'Published',
        status: 'True',
        reason: 'Succeeded',
        message: '2 files in ConfigMap shop-111111111111',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        observedGeneration: 1,
      },
    ],
  });
  expect(reasons(empty, good)).toEqual(['Published']);
});

test('the same again is the same status, whatever the time', () => {
  for (const attempt of [published('a', '1'), settled('a')]) {
    expect(nextStatus(config(good), attempt, later)).toEqual(good);
  }
  const failed = nextStatus(config(good), unreachable, now);
  expect(nextStatus(config(failed), unreachable, later)).toEqual(failed);
});

test('what the reloader owns is no part of the wish', () => {
  const theirs = { stableHash: 'f'.repeat(12), missing: [], observedGeneration: 3 };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Succeeded',
    message: '',
    lastTransitionTime: 'x',
  } as const;
  const both = config({ ...good, ...theirs, conditions: [...good.conditions, ready] });
  expect(nextStatus(both, settled('a'), later)).toEqual(good);
});

describe('last good stays', () => {
  test('while Git cannot be had', () => {
    const failed = nextStatus(config(good), unreachable, later);
    const { conditions, ...fields } = good;
    expect(failed).toMatchObject(fields);
    expect(failed.conditions[0]).toMatchObject({
      status: 'False',
      reason: 'Unreachable',
      lastTransitionTime: '2026-01-02T04:04:05Z',
    });
    expect(failed.conditions[1]).toEqual(conditions[1]);
    expect(reasons(good, failed)).toEqual(['FetchFailed']);
    expect(reasons(failed, nextStatus(config(failed), unreachable, later))).toEqual([]);
    expect(reasons(failed, nextStatus(config(failed), settled('a'), later))).toEqual(['Recovered']);
  });

  test('while the newest revision is refused; each refused revision is told once', () => {
    const failed = nextStatus(config(good), refused('b'), later);
    expect(failed).toMatchObject({ revision: good.revision, hash: good.hash, revisions: good.revisions });
    expect(failed.lastAttemptedRevision).toContain('bbb');
    expect(reasons(good, failed)).toEqual(['PublishFailed']);
    const next = nextStatus(config(failed), refused('c'), later);
    expect(reasons(failed, next)).toEqual(['PublishFailed']);
    expect(reasons(next, nextStatus(config(next), published('d', '2'), later))).toEqual([
      'Recovered',
      'Published',
    ]);
  });
});

test('a revision that does not change the content moves the revision and keeps the hash', () => {
  const next = nextStatus(config(good), published('b', '1'), later);
  expect(next.hash).toBe(good.hash);
  expect(next.revisions?.map((each) => each.revision.at(-1))).toEqual(['b', 'a']);
  expect(reasons(good, next)).toEqual([]);
  const back = nextStatus(config(next), published('a', '1'), later);
  expect(back.revisions?.map((each) => each.revision.at(-1))).toEqual(['a', 'b']);
});

test('at most 50 revisions are kept', () => {
  let status = good;
  for (let index = 0; index < 60; index += 1) {
    const ref = `branch-${index}`;
    const attempt = published('a', '1');
    if (attempt.fetched.kind === 'failed') throw new Error('fetched');
    const fetched = { kind: 'ok', revision: { ...attempt.fetched.revision, ref } } as const;
    status = nextStatus(config(status), { ...attempt, fetched }, later);
  }
  expect(status.revisions).toHaveLength(50);
});

test('a request to look is answered in status, also by a failure', () => {
  const answered = nextStatus(config(good), { ...unreachable, requestedAt: 'noon' }, later);
  expect(answered.lastHandledSyncAt).toBe('noon');
  expect(nextStatus(config(answered), settled('a'), later).lastHandledSyncAt).toBe('noon');
});
