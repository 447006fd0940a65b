import { describe, expect, test } from 'vitest';
import type { GitConfig, GitConfigStatus } from '../../src/api/gitconfig.ts';
import { type CommitId, parseCommitId, parseContentHash } from '../../src/api/identifiers.ts';
import type { Attempt } from '../../src/sync/attempt.ts';
import { nextStatus, type SyncWish, statusAtRest, statusWhileFetching } from '../../src/sync/next-status.ts';
import type { History } from '../../src/sync/source.ts';
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
const common = { retry: false, requestedAt: undefined, throttled: undefined, history: undefined };
const reference = 'branch';
const history: History = { comparison: 'Ahead', ahead: 1, behind: 0, subjects: ['newest', 'older'] };
const published = (of: string, content: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', reference, revision: revision(of) },
  published: { kind: 'published', hash: hash(content), name: `shop-${content.repeat(12)}`, fileCount: 2 },
  history,
});
const refused = (of: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', reference, revision: revision(of) },
  published: { kind: 'refused', reason: 'TooLarge', message: 'too large' },
  history,
});
const unreachable: Attempt = {
  ...common,
  fetched: { kind: 'failed', class: 'retry', reason: 'Unreachable', message: 'down' },
  published: undefined,
};
const settled = (of: string): Attempt => ({
  ...common,
  fetched: { kind: 'ok', reference, revision: revision(of) },
  published: { kind: 'settled' },
});
const good = nextStatus(config(), published('a', '1'), now);
const reasons = (before: SyncWish, after: SyncWish, attempt: Attempt = settled('a')) =>
  transitions(before, after, attempt).map(({ reason }) => reason);
const empty: SyncWish = { conditions: [] };

test('a first revision is told whole', () => {
  expect(good).toEqual({
    revision: `main@sha1:${'a'.repeat(40)}`,
    shortRevision: 'main@sha1:aaaaaaa',
    lastAttemptedRevision: `main@sha1:${'a'.repeat(40)}`,
    hash: '1'.repeat(12),
    revisions: [{ revision: `main@sha1:${'a'.repeat(40)}`, hash: '1'.repeat(12) }],
    remote: {
      revision: `main@sha1:${'a'.repeat(40)}`,
      comparison: 'UpToDate',
      ahead: 0,
      behind: 0,
      subjects: ['newest', 'older'],
    },
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
    const fetched = { kind: 'ok', reference, revision: { ...attempt.fetched.revision, ref } } as const;
    status = nextStatus(config(status), { ...attempt, fetched }, later);
  }
  expect(status.revisions).toHaveLength(50);
});

test('a request to look is answered in status, also by a failure', () => {
  const answered = nextStatus(config(good), { ...unreachable, requestedAt: 'noon' }, later);
  expect(answered.lastHandledSyncAt).toBe('noon');
  expect(nextStatus(config(answered), settled('a'), later).lastHandledSyncAt).toBe('noon');
});

describe('what Git has beside what is published', () => {
  const told = (status: SyncWish, of: string, more: Partial<History>): SyncWish =>
    nextStatus(config(status), { ...refused(of), history: { ...history, ...more } }, later);

  test('is told of a commit that is refused, and stays while Git cannot be had', () => {
    const ahead = told(good, 'b', { ahead: 3 });
    expect(ahead.remote).toEqual({
      revision: `main@sha1:${'b'.repeat(40)}`,
      comparison: 'Ahead',
      ahead: 3,
      behind: 0,
      subjects: ['newest', 'older'],
    });
    expect(nextStatus(config(ahead), unreachable, later).remote).toEqual(ahead.remote);
  });

  test('does not change when the server tells less of the same commit the next time', () => {
    const before = told(good, 'b', { comparison: 'Diverged', ahead: 3, behind: 2 });
    expect(told(before, 'b', { comparison: 'Unknown', subjects: ['newest'] })).toEqual(before);
    const { ahead: _, ...less } = history;
    const same = { ...refused('b'), history: { ...less, comparison: 'Diverged', behind: 2 } } as const;
    expect(nextStatus(config(before), same, later)).toEqual(before);
  });

  test('is filled in where the status is from before it', () => {
    const { remote: _, ...old } = good;
    expect(nextStatus(config(old), settled('a'), later).remote).toEqual({
      revision: good.revision,
      comparison: 'UpToDate',
      ahead: 0,
      behind: 0,
    });
  });

  test('subjects are cleaned, cut, and at most five', () => {
    const long = 'x'.repeat(300);
    const subjects = ['a\u001b[31mb', long, '3', '4', '5', '6'];
    expect(told(good, 'b', { subjects }).remote?.subjects).toEqual([
      'a [31mb',
      long.slice(0, 200),
      '3',
      '4',
      '5',
    ]);
  });

  test.each<[History['comparison'], string[]]>([
    ['Ahead', []],
    ['Unknown', []],
    ['Diverged', ['HistoryRewritten']],
    ['Behind', ['HistoryRewritten']],
  ])('a branch that is %s is told by the Events %j', (comparison, expected) => {
    const attempt = { ...published('b', '1'), history: { ...history, comparison } };
    const next = nextStatus(config(good), attempt, later);
    expect(reasons(good, next, attempt)).toEqual(expected);
    expect(reasons(next, nextStatus(config(next), attempt, later), attempt)).toEqual([]);
    const respecified = nextStatus(config(good, 2), attempt, later);
    expect(reasons(good, respecified, attempt)).toEqual([]);
  });

  test('a tag that is moved is told once', () => {
    const attempt: Attempt = {
      ...published('b', '1'),
      fetched: { kind: 'ok', reference: 'tag', revision: revision('b') },
    };
    const next = nextStatus(config(good), attempt, later);
    expect(reasons(good, next, attempt)).toEqual(['TagMoved']);
    expect(reasons(next, nextStatus(config(next), attempt, later), attempt)).toEqual([]);
  });
});

test('a fetch that was under way is over with the attempt', () => {
  const fetching = { revision: 'main@sha1:bbb', bytes: 1, since: '2026-01-02T03:04:05Z' };
  for (const attempt of [settled('a'), unreachable]) {
    expect(nextStatus(config({ ...good, fetching }), attempt, later).fetching).toBeUndefined();
  }
});

describe('while a newer commit is fetched', () => {
  const fetching = { revision: `main@sha1:${'b'.repeat(40)}`, bytes: 1, since: '2026-01-02T03:04:05Z' };
  const fetchedOf = (wish: SyncWish) => wish.conditions.find(({ type }) => type === 'Fetched');

  test('the one that was fetched is not called the newest, and nothing else changes', () => {
    const during = statusWhileFetching(config(good), fetching, later);
    expect(fetchedOf(during)).toMatchObject({ status: 'Unknown', reason: 'Fetching' });
    expect(fetchedOf(during)?.message).toBe('main@sha1:bbbbbbb is the newest revision, and is being fetched');
    expect({ ...during, fetching: undefined, conditions: [] }).toEqual({
      ...good,
      fetching: undefined,
      conditions: [],
    });
    expect(during.conditions.slice(1)).toEqual(good.conditions.slice(1));
    expect(statusWhileFetching(config(during), fetching, later + 60_000)).toEqual(during);
    expect(reasons(good, during)).toEqual([]);
    const after = published('b', '2');
    expect(reasons(during, nextStatus(config(during), after, later), after)).toEqual(['Published']);
  });

  test('a failure stays one until something was read', () => {
    const failed = nextStatus(config(good), unreachable, later);
    const during = statusWhileFetching(config(failed), fetching, later);
    expect(fetchedOf(during)).toEqual(fetchedOf(failed));
  });

  test('that of the published one, whose Snapshot is made again, is no news', () => {
    const again = { ...fetching, revision: good.revision ?? '' };
    expect(fetchedOf(statusWhileFetching(config(good), again, later))).toEqual(fetchedOf(good));
  });

  test('what is suspended meanwhile says so', () => {
    const during = statusWhileFetching(config(good), fetching, later);
    const rest = statusAtRest(config(during), later);
    expect(rest.fetching).toBeUndefined();
    expect(fetchedOf(rest)).toMatchObject({ status: 'Unknown', reason: 'Suspended' });
    expect(statusAtRest(config(rest), later + 60_000)).toEqual(rest);
    expect(statusAtRest(config(good), later)).toEqual(good);
  });
});

test('what is short is told while it is', () => {
  const throttled = { reason: 'MemoryPressure', message: 'too much' } as const;
  const short = nextStatus(config(good), { ...settled('a'), throttled }, now);
  expect(short.conditions[2]).toMatchObject({ type: 'Throttled', status: 'True', ...throttled });
  expect(nextStatus(config(short), { ...settled('a'), throttled }, later)).toEqual(short);
  expect(nextStatus(config(short), settled('a'), later)).toEqual(good);
  expect(reasons(good, short)).toEqual([]);
});
