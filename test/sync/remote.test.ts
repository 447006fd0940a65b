// When a repository is looked at, on a clock that stands still: shared looks, retries, Retry-After.
import { describe, expect, test } from 'vitest';
import { type CommitId, parseCommitId } from '../../src/api/identifiers.ts';
import { createRemote, type Remote } from '../../src/sync/remote.ts';
import type { Folder, Resolved, Source, SourceFailure } from '../../src/sync/source.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const commit = (digit: string): CommitId => {
  const parsed = parseCommitId(digit.repeat(40));
  if (parsed === undefined) throw new Error(digit);
  return parsed;
};
const failure = (more: Partial<SourceFailure> = {}): SourceFailure => ({
  kind: 'failed',
  class: 'retry',
  reason: 'ServerError',
  message: 'failed',
  ...more,
});

type Scene = {
  clock: FakeClock;
  remote: Remote;
  /** Branches of each look so far. */
  looks: string[][];
  news: string[][];
  /** Heads that each look has told. */
  told: [string, CommitId][][];
  heads: Map<string, CommitId>;
  fail(with_: SourceFailure | undefined): void;
  folder(next: Folder): void;
  look(key: string, now?: boolean): Promise<unknown>;
};

function scene(): Scene {
  const clock = createFakeClock();
  const looks: string[][] = [];
  const news: string[][] = [];
  const told: [string, CommitId][][] = [];
  const heads = new Map([['main', commit('a')]]);
  let failing: SourceFailure | undefined;
  let folder: Folder = { kind: 'ok', files: [], author: '', subject: '' };
  const stop = new AbortController();
  const source: Source = {
    async resolve(branches): Promise<Resolved> {
      looks.push([...branches].sort());
      await clock.sleep(10, stop.signal);
      return (
        failing ?? {
          kind: 'ok',
          heads: new Map(branches.map((name) => [name, heads.get(name) ?? failure()])),
        }
      );
    },
    read: async () => folder,
    close() {},
  };
  const remote = createRemote({
    source,
    clock,
    signal: stop.signal,
    onPolled: () => {},
    onNews(keys, seen) {
      if (keys.length > 0) news.push([...keys]);
      told.push([...seen]);
    },
  });
  return {
    clock,
    remote,
    looks,
    news,
    told,
    heads,
    fail: (next) => {
      failing = next;
    },
    folder: (next) => {
      folder = next;
    },
    async look(key, now = false) {
      const looked = remote.look(key, { now }, stop.signal);
      await clock.advance(10);
      return (await looked).head;
    },
  };
}

const minute = { branch: 'main', intervalMilliseconds: 60_000 };

test('followers that are due together share one look, for all their branches', async () => {
  const { remote, looks, heads, clock } = scene();
  heads.set('dev', commit('b'));
  remote.follow('one', minute);
  remote.follow('two', { ...minute, branch: 'dev' });
  const signal = new AbortController().signal;
  const both = Promise.all(['one', 'two'].map((key) => remote.look(key, { now: false }, signal)));
  await clock.advance(10);
  expect((await both).map(({ head }) => head)).toEqual([commit('a'), commit('b')]);
  expect(looks).toEqual([['dev', 'main']]);
});

test('a look is fresh until the interval is over, and the shortest interval serves the longer ones', async () => {
  const { remote, looks, look, clock } = scene();
  remote.follow('quick', { branch: 'main', intervalMilliseconds: 10_000 });
  remote.follow('slow', minute);
  await look('quick');
  await look('slow');
  expect(looks).toHaveLength(1);
  await clock.advance(remote.wait('quick'));
  await look('slow');
  expect(looks).toHaveLength(1);
  await look('quick');
  expect(looks).toHaveLength(2);
  expect(remote.wait('slow')).toBeLessThanOrEqual(60_000);
  expect(remote.wait('slow')).toBeGreaterThan(50_000);
});

test('who was asked to look now is not answered by a look that began before', async () => {
  const { remote, looks, clock } = scene();
  remote.follow('one', minute);
  const signal = new AbortController().signal;
  const first = remote.look('one', { now: false }, signal);
  await clock.advance(5);
  const second = remote.look('one', { now: true }, signal);
  await clock.advance(20);
  await Promise.all([first, second]);
  expect(looks).toHaveLength(2);
});

test('a new head is news for those who follow that branch, and for nobody else', async () => {
  const { remote, news, heads, look } = scene();
  heads.set('dev', commit('b'));
  remote.follow('one', minute);
  remote.follow('two', minute);
  remote.follow('dev', { ...minute, branch: 'dev' });
  await look('one');
  await look('one', true);
  expect(news).toEqual([]);
  heads.set('main', commit('c'));
  await look('one', true);
  expect(news).toEqual([['one', 'two']]);
});

test('the first look tells its heads to those who use another credential', async () => {
  const { remote, told, look } = scene();
  remote.follow('one', minute);
  await look('one');
  expect(told).toEqual([[['main', commit('a')]]]);
});

test('a head that another look has seen is looked for at once, unless it is known already', async () => {
  const { remote, looks, heads, look } = scene();
  remote.follow('one', minute);
  await look('one');
  expect(remote.expect(heads)).toEqual([]);
  expect(remote.expect(new Map([['dev', commit('b')]]))).toEqual([]);
  heads.set('main', commit('b'));
  expect(remote.expect(heads)).toEqual(['one']);
  expect(remote.wait('one')).toBe(0);
  expect(await look('one')).toBe(commit('b'));
  expect(remote.wait('one')).toBeGreaterThan(50_000);
  expect(looks).toHaveLength(2);
});

describe('after a failure', () => {
  test('waits double from about a second up to one interval, and success forgets them', async () => {
    const { remote, look, fail, clock, news } = scene();
    remote.follow('one', minute);
    await look('one');
    fail(failure());
    await look('one', true);
    expect(news).toEqual([['one']]);
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      waits.push(remote.wait('one') + 10);
      await clock.advance(remote.wait('one'));
      await look('one');
    }
    expect(waits.map((wait) => Math.round(wait))).toEqual([
      750, 1500, 3000, 6000, 12000, 24000, 48000, 60000, 60000,
    ]);
    fail(undefined);
    await clock.advance(remote.wait('one'));
    await look('one');
    fail(failure());
    await look('one', true);
    expect(remote.wait('one')).toBeLessThan(1_000);
  });

  test('what a person must mend is asked for once an interval', async () => {
    const { remote, look, fail } = scene();
    remote.follow('one', minute);
    fail(failure({ class: 'person', reason: 'AuthenticationFailed' }));
    await look('one');
    expect(remote.wait('one')).toBeGreaterThan(59_000);
  });

  test('Retry-After is heeded beyond the interval, for looks and reads alike', async () => {
    const { remote, look, looks, fail, folder, clock } = scene();
    remote.follow('one', minute);
    await look('one');
    const busy = failure({ retryAfterMilliseconds: 600_000 });
    folder(busy);
    const at = { branch: 'main', commit: commit('a') };
    const signal = new AbortController().signal;
    expect(await remote.read(at, '', signal)).toBe(busy);
    folder({ kind: 'ok', files: [], author: '', subject: '' });
    expect(await remote.read(at, '', signal)).toBe(busy);
    expect(remote.wait('one')).toBeGreaterThan(590_000);
    await clock.advance(300_000);
    await look('one');
    expect(looks).toHaveLength(1);
    await clock.advance(remote.wait('one'));
    fail(undefined);
    await look('one');
    expect(looks).toHaveLength(2);
    expect((await remote.read(at, '', signal)).kind).toBe('ok');
  });
});
