// When a repository is looked at, on a clock that stands still: shared looks, retries, Retry-After.

import { describe, expect, test } from 'vitest';
import { type CommitId, parseCommitId } from '../../src/api/identifiers.ts';
import { type Reference, referenceKey } from '../../src/api/reference.ts';
import { wholeFolder } from '../../src/content/select/selection.ts';
import { createRemote, type Follower, type Remote } from '../../src/sync/remote.ts';
import type { Folder, Head, ReadRequest, Resolved, Source, SourceFailure } from '../../src/sync/source.ts';
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

const branch = (name: string): Reference => ({ kind: 'branch', name });
const key = (name: string): string => referenceKey(branch(name));
const read: Folder = {
  kind: 'ok',
  files: [],
  others: [],
  author: '',
  subject: '',
  history: { comparison: 'Unknown', subjects: [] },
};

type Scene = {
  clock: FakeClock;
  remote: Remote;
  /** Branches of each look so far. */
  looks: string[][];
  /** How long each look might take. */
  patience: (number | undefined)[];
  news: string[][];
  /** Heads that each look has told. */
  told: [string, string][][];
  /** By branch. */
  heads: Map<string, CommitId>;
  fail(with_: SourceFailure | undefined): void;
  folder(next: Folder): void;
  /** Gives the commit, or the failure. */
  look(key: string, now?: boolean): Promise<unknown>;
  stretchBy(factor: number): void;
  looksTake(milliseconds: number): void;
};

function scene(start = Date.UTC(2026, 0, 1)): Scene {
  const clock = createFakeClock({ start });
  let factor = 1;
  let lookMilliseconds = 10;
  const looks: string[][] = [];
  const news: string[][] = [];
  const told: [string, string][][] = [];
  const patience: (number | undefined)[] = [];
  const heads = new Map([['main', commit('a')]]);
  let failing: SourceFailure | undefined;
  let folder: Folder = read;
  const stop = new AbortController();
  const source: Source = {
    async resolve(references, signal, within): Promise<Resolved> {
      looks.push(references.flatMap((each) => (each.kind === 'branch' ? each.name : [])).sort());
      patience.push(within);
      await clock.sleep(lookMilliseconds, signal);
      if (failing !== undefined) return failing;
      const found = references.map((each): [string, Head | SourceFailure] => {
        const name = each.kind === 'branch' ? each.name : '';
        const head = heads.get(name);
        return [referenceKey(each), head === undefined ? failure() : { name, commit: head }];
      });
      return { kind: 'ok', heads: new Map(found) };
    },
    read: async () => folder,
    close() {},
  };
  const remote = createRemote({
    source,
    clock,
    signal: stop.signal,
    stretch: (milliseconds) => milliseconds * factor,
    onPolled: () => {},
    onNews(keys, seen) {
      if (keys.length > 0) news.push([...keys]);
      told.push([...seen].map(([reference, { commit: seenCommit }]) => [reference, seenCommit]));
    },
  });
  return {
    clock,
    remote,
    looks,
    patience,
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
      const { head } = await looked;
      return 'commit' in head ? head.commit : head;
    },
    stretchBy: (next) => {
      factor = next;
    },
    looksTake: (next) => {
      lookMilliseconds = next;
    },
  };
}

const every = (intervalMilliseconds: number, name = 'main'): Follower => ({
  reference: branch(name),
  cadence: { intervalMilliseconds, schedule: undefined },
  timeoutMilliseconds: 60_000,
  version: '1',
});
const minute = every(60_000);
const request: ReadRequest = {
  reference: branch('main'),
  head: { name: 'main', commit: commit('a') },
  selection: wholeFolder(''),
  submodules: false,
  published: undefined,
};

test('followers that are due together share one look, for all their branches', async () => {
  const { remote, looks, heads, clock } = scene();
  heads.set('dev', commit('b'));
  remote.follow('one', minute);
  remote.follow('two', every(60_000, 'dev'));
  const signal = new AbortController().signal;
  const both = Promise.all(['one', 'two'].map((key) => remote.look(key, { now: false }, signal)));
  await clock.advance(10);
  expect((await both).map(({ head }) => head)).toEqual([
    { name: 'main', commit: commit('a') },
    { name: 'dev', commit: commit('b') },
  ]);
  expect(looks).toEqual([['dev', 'main']]);
});

test('a look is fresh until the interval is over, and the shortest interval serves the longer ones', async () => {
  const { remote, looks, look, clock } = scene();
  remote.follow('quick', every(10_000));
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
  remote.follow('dev', every(60_000, 'dev'));
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
  expect(told).toEqual([[[key('main'), commit('a')]]]);
});

test('a head that another look has seen is looked for at once, unless it is known already', async () => {
  const { remote, looks, heads, look } = scene();
  remote.follow('one', minute);
  await look('one');
  const seen = (name: string, digit: string) => new Map([[key(name), { name, commit: commit(digit) }]]);
  expect(remote.expect(seen('main', 'a'))).toEqual([]);
  expect(remote.expect(seen('dev', 'b'))).toEqual([]);
  heads.set('main', commit('b'));
  expect(remote.expect(seen('main', 'b'))).toEqual(['one']);
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
    const signal = new AbortController().signal;
    expect(await remote.read(request, signal)).toBe(busy);
    folder(read);
    expect(await remote.read(request, signal)).toBe(busy);
    expect(remote.wait('one')).toBeGreaterThan(590_000);
    await clock.advance(300_000);
    await look('one');
    expect(looks).toHaveLength(1);
    await clock.advance(remote.wait('one'));
    fail(undefined);
    await look('one');
    expect(looks).toHaveLength(2);
    expect((await remote.read(request, signal)).kind).toBe('ok');
  });

  test('a server that answers again is read again, whatever it asked for before', async () => {
    const { remote, look, folder } = scene();
    remote.follow('one', minute);
    await look('one');
    folder(failure({ retryAfterMilliseconds: 600_000 }));
    const signal = new AbortController().signal;
    await remote.read(request, signal);
    folder(read);
    await look('one', true);
    expect((await remote.read(request, signal)).kind).toBe('ok');
  });

  test('a host that is taken for unavailable is looked at each interval all the same', async () => {
    const { remote, look, fail } = scene();
    remote.follow('one', minute);
    fail(failure({ reason: 'HostUnavailable', retryAfterMilliseconds: 600_000 }));
    await look('one');
    expect(remote.wait('one')).toBeLessThanOrEqual(60_000);
    expect(await look('one', true)).toMatchObject({ reason: 'HostUnavailable' });
  });
});

describe('with a schedule', () => {
  const hour = 3_600_000;
  const hourly: Follower = {
    ...minute,
    cadence: { intervalMilliseconds: undefined, schedule: (after) => (Math.floor(after / hour) + 1) * hour },
  };
  const quarterPast = Date.UTC(2026, 0, 1, 0, 15);

  test('looks come at its times only, after the first', async () => {
    const { remote, look, looks, clock } = scene(quarterPast);
    remote.follow('one', hourly);
    await look('one');
    expect(remote.wait('one')).toBe(45 * 60_000 - 10);
    await clock.advance(44 * 60_000);
    await look('one');
    expect(looks).toHaveLength(1);
    await clock.advance(remote.wait('one'));
    await look('one');
    expect(looks).toHaveLength(2);
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1, 1) + 10);
    expect(remote.wait('one')).toBe(hour - 10);
  });

  test('and an interval, whichever comes first', async () => {
    const { remote, look } = scene(quarterPast);
    const both = (minutes: number): Follower => ({
      ...hourly,
      cadence: { ...hourly.cadence, intervalMilliseconds: minutes * 60_000 },
    });
    remote.follow('one', both(10));
    await look('one');
    expect(remote.wait('one')).toBeLessThanOrEqual(10 * 60_000);
    remote.follow('one', both(600));
    expect(remote.wait('one')).toBe(45 * 60_000 - 10);
  });

  test('what failed is tried again at least each minute', async () => {
    const { remote, look, fail } = scene(quarterPast);
    remote.follow('one', hourly);
    fail(failure({ class: 'person', reason: 'AuthenticationFailed' }));
    await look('one');
    expect(remote.wait('one')).toBe(60_000 - 10);
  });

  test('what does not exist is looked for each minute', async () => {
    const { remote, look, looks, heads, clock } = scene(quarterPast);
    remote.follow('one', { ...hourly, reference: branch('dev') });
    remote.follow('other', hourly);
    await look('one');
    expect(remote.wait('one')).toBe(60_000 - 10);
    expect(remote.wait('other')).toBe(45 * 60_000 - 10);
    await clock.advance(remote.wait('one'));
    heads.set('dev', commit('b'));
    expect(await look('one')).toBe(commit('b'));
    expect(looks).toHaveLength(2);
    expect(remote.wait('one')).toBeGreaterThan(60_000);
  });

  test('what could not be read is looked at again after a minute', async () => {
    const { remote, look, looks, clock } = scene(quarterPast);
    remote.follow('one', hourly);
    remote.follow('other', hourly);
    await look('one');
    remote.failed('one');
    expect(remote.wait('one')).toBe(60_000 - 10);
    expect(remote.wait('other')).toBe(45 * 60_000 - 10);
    await clock.advance(remote.wait('one'));
    await look('one');
    expect(looks).toHaveLength(2);
    expect(remote.wait('one')).toBeGreaterThan(60_000);
  });

  test('that no look is missing is told by no time of the last one, unless it fails', async () => {
    const { remote, look, fail, clock } = scene(quarterPast);
    remote.follow('one', hourly);
    await look('one');
    expect(remote.lastSeen()).toBeUndefined();
    const seen = clock.now();
    fail(failure());
    await look('one', true);
    expect(remote.lastSeen()).toBe(seen);
  });

  test('a wait is worked out anew after an hour at the latest', async () => {
    const { remote, look } = scene(quarterPast);
    remote.follow('one', {
      ...hourly,
      cadence: { ...hourly.cadence, schedule: (after) => after + 30 * hour },
    });
    await look('one');
    expect(remote.wait('one')).toBe(hour);
  });

  test('another wish is another look, unless one was a moment ago', async () => {
    const { remote, look, looks, clock } = scene(quarterPast);
    remote.follow('one', hourly);
    await look('one');
    remote.follow('one', { ...hourly, version: '2' });
    await look('one');
    expect(looks).toHaveLength(1);
    await clock.advance(5 * 60_000);
    remote.follow('one', { ...hourly, version: '2' });
    await look('one');
    expect(looks).toHaveLength(1);
    remote.follow('one', { ...hourly, version: '3' });
    remote.follow('new', hourly);
    await look('one');
    await look('new');
    expect(looks).toHaveLength(2);
  });
});

test('a look may take as long as the most patient follower allows, each no longer than its own interval', async () => {
  const { remote, look, patience } = scene();
  remote.follow('one', { ...every(600_000), timeoutMilliseconds: 5_000 });
  await look('one', true);
  remote.follow('two', { ...every(600_000), timeoutMilliseconds: 90_000 });
  await look('one', true);
  remote.follow('three', every(10_000));
  await look('one', true);
  remote.leave('two');
  await look('one', true);
  expect(patience).toEqual([5_000, 90_000, 90_000, 10_000]);
});

test('regular looks are fewer while something is short, and one that is asked for comes at once', async () => {
  const { remote, look, looks, clock, stretchBy } = scene();
  remote.follow('one', minute);
  await look('one');
  stretchBy(4);
  expect(remote.wait('one')).toBeGreaterThan(3 * 60_000);
  await clock.advance(2 * 60_000);
  await look('one');
  expect(looks).toHaveLength(1);
  await look('one', true);
  expect(looks).toHaveLength(2);
});

test('what fails is tried less often, too, while something is short', async () => {
  const { remote, look, fail, stretchBy } = scene();
  remote.follow('one', minute);
  fail(failure());
  await look('one');
  const usual = remote.wait('one');
  stretchBy(4);
  expect(remote.wait('one')).toBeGreaterThan(3 * usual);
});

test('who gives up waits no longer, the look goes on for the others, and ends when nobody is left', async () => {
  const { remote, looksTake, clock } = scene();
  looksTake(3_600_000);
  remote.follow('one', minute);
  remote.follow('two', minute);
  const [one, two] = [new AbortController(), new AbortController()];
  const looks = [
    remote.look('one', { now: false }, one.signal),
    remote.look('two', { now: false }, two.signal),
  ].map((look) => look.then(() => 'head', String));
  one.abort(new Error('given up'));
  expect(await looks[0]).toBe('Error: given up');
  expect(clock.sleeping()).toBe(1);
  two.abort(new Error('given up, too'));
  expect(await looks[1]).toBe('Error: given up, too');
  remote.leave('one');
  expect(remote.leave('two')).toBe(true);
  remote.close();
  await clock.advance(0);
  expect(clock.sleeping()).toBe(0);
});
