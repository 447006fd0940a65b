// The rules of a host on a clock in our hands, with sources that answer as they are told.
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createHosts } from '../../../src/sync/hosts/hosts.ts';
import type { Resolved, Source } from '../../../src/sync/source.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { addressOf } from '../../support/git-servers/open-source.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { createScriptedSource, failure, main, request, unreachable } from './scripted-source.ts';

const host = 'git.example.com';
const overHttps = `https://${host}/team/config.git`;
const { signal } = new AbortController();

function world() {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const registry = new Registry();
  const hosts = createHosts({ clock, log, registry });
  const repository = (credentialKey = 'key', url = overHttps, proxy?: string) => {
    const scripted = createScriptedSource(clock);
    const source = hosts.guard(scripted, { ...addressOf(url), credentialKey, proxy });
    return { scripted, source, look: (within = 60_000) => source.resolve([main], signal, within) };
  };
  const states = async (): Promise<unknown> => {
    const text = await registry.metrics();
    return Object.fromEntries(
      [...text.matchAll(/^confroll_git_hosts\{state="(\w+)"\} (\d+)$/gm)].map(([, state, count]) => [
        state,
        Number(count),
      ]),
    );
  };
  const messages = () => log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
  return { clock, log, registry, hosts, repository, states, messages };
}

/** Four failures of two repositories and one more: the circuit is open. */
async function bringDown(repositories: readonly ReturnType<ReturnType<typeof world>['repository']>[]) {
  for (const { scripted } of repositories) scripted.fail(unreachable);
  for (let index = 0; index < 5; index += 1) await repositories[index % repositories.length]?.look();
}

const reasonOf = (answer: Resolved): string => (answer.kind === 'ok' ? 'ok' : answer.reason);
const messageOf = (answer: Resolved): string => (answer.kind === 'ok' ? '' : answer.message);

describe('a host that is down', () => {
  test('is asked by nobody, and each repository says so at once', async () => {
    const { repository, states, messages, clock, log } = world();
    const both = [repository(), repository('other key')];
    await bringDown(both);
    const third = repository('a third key');
    const answer = await third.look();
    expect(third.scripted.asked).toEqual([]);
    expect(answer).toMatchObject({ kind: 'failed', class: 'retry', reason: 'HostUnavailable' });
    expect(messageOf(answer)).toBe(
      'git.example.com is taken for down: 5 failures in a row (Unreachable) of 2 repositories since 2026-01-01T00:00:00Z; look at the Git server and the way to it. One of its repositories tries it every 15 s at the latest, and all go on by themselves when it answers',
    );
    // 2 s with the middle of the jitter.
    expect(answer).toMatchObject({ retryAfterMilliseconds: 1_500 });
    expect(await third.source.read(request, signal)).toMatchObject({ reason: 'HostUnavailable' });
    expect(messageOf((await both[0]?.look()) ?? answer)).toMatch(/nothing listens there\. git\.example/);
    expect(await states()).toEqual({ closed: 0, open: 1, halfOpen: 0 });
    expect(messages()).toEqual(['Git host is taken for down']);
    expect(log.lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({
      host,
      retryInSeconds: 2,
    });
    expect(clock.sleeping()).toBe(0);
  });

  test('is tried by one at a time, and says the same while it lasts', async () => {
    const { repository, clock, messages } = world();
    const both = [repository(), repository()];
    await bringDown(both);
    const [first, second] = both;
    if (first === undefined || second === undefined) throw new Error('there are two');
    const before = await first.look();
    await clock.advance(1_500);
    first.scripted.hang();
    const probe = first.look();
    await clock.settle();
    const asked = second.scripted.asked.length;
    expect(await second.look()).toMatchObject({ reason: 'HostUnavailable', retryAfterMilliseconds: 1_000 });
    expect(second.scripted.asked.length).toBe(asked);
    first.scripted.release();
    expect(messageOf(await probe)).toBe(messageOf(before));
    // Twice as long each time, up to 15 s.
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const open = await second.look();
      const wait = open.kind === 'failed' ? (open.retryAfterMilliseconds ?? 0) : 0;
      waits.push(wait);
      await clock.advance(wait);
      expect(messageOf(await second.look())).toBe(messageOf(open));
    }
    expect(waits).toEqual([3_000, 6_000, 11_250, 11_250, 11_250]);
    expect(messages()).toEqual(['Git host is taken for down']);
  });

  test('is asked by all again once it has answered one', async () => {
    const { repository, clock, states, messages, registry } = world();
    const all = [repository(), repository(), repository()];
    await bringDown(all);
    await clock.advance(1_500);
    for (const { scripted } of all) scripted.fail(undefined);
    for (const { look } of all) expect(reasonOf(await look())).toBe('ok');
    expect(await states()).toEqual({ closed: 1, open: 0, halfOpen: 0 });
    expect(messages()).toEqual(['Git host is taken for down', 'Git host answers again']);
    expect(await registry.metrics()).toMatch(/^confroll_git_circuit_opened_total 1$/m);
    expect(clock.sleeping()).toBe(0);
  });

  test.for([
    ['401', failure('AuthenticationFailed', { class: 'person' })],
    ['404', failure('InvalidSource', { class: 'person' })],
    ['no such branch', failure('RefNotFound', { class: 'change' })],
    ['500', failure('ServerError')],
  ] as const)('is up again when it answers %s', async ([, answer]) => {
    const { repository, clock, states } = world();
    const both = [repository(), repository()];
    await bringDown(both);
    await clock.advance(1_500);
    both[0]?.scripted.fail(answer);
    expect(await both[0]?.look()).toEqual(answer);
    expect(await states()).toMatchObject({ closed: 1 });
  });

  test('is tried no later than the asker would wait', async () => {
    const { repository, clock } = world();
    const both = [repository(), repository()];
    await bringDown(both);
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(15_000);
      await both[0]?.look();
    }
    const impatient = both[1];
    const asked = impatient?.scripted.asked.length ?? 0;
    expect(await impatient?.look(5_000)).toMatchObject({ retryAfterMilliseconds: 5_000 });
    await clock.advance(5_000);
    await impatient?.look(5_000);
    expect(impatient?.scripted.asked.length).toBe(asked + 1);
  });

  test('is not kept from the others by a try that hangs', async () => {
    const { repository, clock, states } = world();
    const both = [repository(), repository()];
    await bringDown(both);
    await clock.advance(1_500);
    both[0]?.scripted.hang();
    const hanging = both[0]?.look();
    await clock.advance(10_000);
    expect(await states()).toMatchObject({ open: 1 });
    both[1]?.scripted.fail(undefined);
    await clock.advance(15_000);
    expect(await both[1]?.look()).toMatchObject({ kind: 'ok' });
    both[0]?.scripted.release();
    await hanging;
    expect(await states()).toMatchObject({ closed: 1 });
    expect(clock.sleeping()).toBe(0);
  });

  test('is tried by the next one when a try is given up', async () => {
    const { repository, clock } = world();
    const both = [repository(), repository()];
    await bringDown(both);
    await clock.advance(1_500);
    both[0]?.scripted.hang();
    const stop = new AbortController();
    const probe = both[0]?.source.resolve([main], stop.signal);
    await clock.settle();
    stop.abort(new Error('stopped'));
    await expect(probe).rejects.toThrow('stopped');
    both[1]?.scripted.fail(undefined);
    expect(await both[1]?.look()).toMatchObject({ kind: 'ok' });
  });
});

describe('a host that is not down', () => {
  test('is not given up for one bad repository, however often that fails', async () => {
    const { repository, states, clock } = world();
    const bad = repository();
    const healthy = repository();
    bad.scripted.fail(unreachable);
    for (let round = 0; round < 50; round += 1) {
      expect(reasonOf(await bad.look())).toBe('Unreachable');
      await clock.advance(1_000);
    }
    expect(reasonOf(await healthy.look())).toBe('ok');
    expect(await states()).toMatchObject({ closed: 1 });
  });

  test('is not given up for a few bad ones among many, between whose tries the others say nothing', async () => {
    const { repository, clock } = world();
    const bad = [repository(), repository(), repository()];
    const healthy = Array.from({ length: 7 }, () => repository());
    for (const { look } of healthy) await look();
    for (const { scripted } of bad) scripted.fail(unreachable);
    for (let round = 0; round < 20; round += 1) {
      for (const { look } of bad) await look();
      await clock.advance(1_000);
    }
    for (const { look } of healthy) expect(reasonOf(await look())).toBe('ok');
  });

  test('is given up for its only repository, and for those that were heard of lately', async () => {
    const { repository, clock } = world();
    const only = repository('key', 'https://single.example.com/own');
    await bringDown([only]);
    expect(reasonOf(await only.look())).toBe('HostUnavailable');

    const rare = Array.from({ length: 8 }, () => repository());
    for (const { look } of rare) await look();
    await clock.advance(600_000);
    const both = [repository(), repository()];
    await bringDown(both);
    expect(reasonOf((await rare[0]?.look()) ?? { kind: 'ok', heads: new Map() })).toBe('HostUnavailable');
  });

  test('is not given up for what is silent, or for a proxy', async () => {
    const { repository } = world();
    const both = [repository(), repository()];
    for (const what of [failure('Timeout'), failure('Unreachable', { about: 'proxy' })]) {
      for (const { scripted } of both) scripted.fail(what);
      for (let round = 0; round < 10; round += 1) {
        for (const { look } of both) expect(await look()).toEqual(what);
      }
    }
  });

  test('is not given up for what the same name answers on another port', async () => {
    const { repository, log } = world();
    const overSsh = [
      repository('ssh', `git@${host}:team/one.git`),
      repository('ssh', `ssh://git@${host}/team/two`),
    ];
    const healthy = repository();
    expect(reasonOf(await healthy.look())).toBe('ok');
    await bringDown(overSsh);
    expect(messageOf((await overSsh[0]?.look()) ?? failure('Timeout'))).toContain(
      `${host} is taken for down`,
    );
    expect(reasonOf(await healthy.look())).toBe('ok');
    expect(log.lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({ host, port: 22 });
  });

  test('is not heard in what is said before it is asked', async () => {
    const { repository, clock, messages } = world();
    const down = [repository(), repository()];
    const locked = repository('locked');
    locked.scripted.fail(failure('SecretInvalid', { class: 'person', about: 'login' }));
    for (const { scripted } of down) scripted.fail(unreachable);
    for (let index = 0; index < 6; index += 1) {
      await down[index % 2]?.look();
      if (index < 4) await locked.look();
    }
    expect(messages()).toEqual(['Git host is taken for down']);
    await clock.advance(2_000);
    expect(reasonOf(await locked.look())).toBe('SecretInvalid');
    expect(reasonOf((await down[0]?.look()) ?? failure('Timeout'))).toBe('HostUnavailable');
    expect(messages()).toEqual(['Git host is taken for down']);
  });
});

describe('Retry-After', () => {
  const busy = failure('ServerError', { retryAfterMilliseconds: 60_000 });

  test('is kept by all that show the same credential to that host, and by no others', async () => {
    const { repository, clock } = world();
    const [first, second, other] = [repository(), repository(), repository('another key')];
    const elsewhere = repository('key', 'https://other.example.com/own');
    first.scripted.fail(busy);
    expect(await first.look()).toEqual(busy);
    await clock.advance(20_000);
    const answer = await second.look();
    expect(answer).toMatchObject({ reason: 'ServerError', class: 'retry', retryAfterMilliseconds: 40_000 });
    expect(messageOf(answer)).toMatch(
      /^git\.example\.com has asked not to be asked with this credential before 2026-01-01T00:01:00Z/,
    );
    expect(await second.source.read(request, signal)).toEqual(answer);
    expect(await first.look()).toEqual({ ...busy, retryAfterMilliseconds: 40_000 });
    expect(first.scripted.asked).toHaveLength(1);
    expect(second.scripted.asked).toEqual([]);
    expect(reasonOf(await other.look())).toBe('ok');
    expect(reasonOf(await elsewhere.look())).toBe('ok');
    await clock.advance(40_000);
    expect(reasonOf(await second.look())).toBe('ok');
  });

  test('the longest counts', async () => {
    const { repository, clock } = world();
    const [first, second] = [repository(), repository()];
    for (const { scripted } of [first, second]) scripted.hang();
    const looks = [first.look(), second.look()];
    await clock.settle();
    first.scripted.fail(busy);
    second.scripted.fail({ ...busy, retryAfterMilliseconds: 5_000 });
    for (const { scripted } of [first, second]) scripted.release();
    await Promise.all(looks);
    expect(await second.look()).toMatchObject({ retryAfterMilliseconds: 60_000 });
  });
});

describe('turns at a host', () => {
  test('a repository that hangs delays the others for a moment at the most', async () => {
    const { repository, clock } = world();
    const hanging = Array.from({ length: 40 }, () => repository());
    for (const { scripted } of hanging) scripted.hang();
    const stop = new AbortController();
    const looks = hanging.map(({ source }) => source.resolve([main], stop.signal, 60_000).catch(() => {}));
    const healthy = repository();
    const look = healthy.look();
    await clock.advance(6_000);
    expect(await look).toMatchObject({ kind: 'ok' });
    stop.abort();
    await Promise.all(looks);
    expect(clock.sleeping()).toBe(0);
  });

  test('a thousand repositories are all looked at within their interval of a minute', async () => {
    const { repository, clock } = world();
    const all = Array.from({ length: 1_000 }, () => repository());
    const looks = all.map(({ look }) => look());
    await clock.advance(20_000);
    const answers = await Promise.all(looks);
    expect(answers.filter(({ kind }) => kind === 'ok')).toHaveLength(1_000);
  });

  test('the wait for a turn counts, in whole seconds, so that words that name the rest stay the same', async () => {
    const { repository, clock } = world();
    const hanging = Array.from({ length: 16 }, () => repository());
    for (const { scripted } of hanging) scripted.hang();
    const looks = hanging.map(({ look }) => look());
    const [early, late] = [repository(), repository()];
    const all = [...looks, early.look(1_500), late.look(30_000)];
    await clock.advance(100);
    hanging[0]?.scripted.release();
    for (const { scripted } of hanging) scripted.release();
    await Promise.all(all);
    expect([early.scripted.within, late.scripted.within]).toEqual([[1_500], [30_000]]);

    for (const { scripted } of hanging) scripted.hang();
    const again = hanging.map(({ look }) => look());
    const waited = late.look(30_000);
    await clock.advance(1_900);
    hanging[0]?.scripted.release();
    await waited;
    for (const { scripted } of hanging) scripted.release();
    await Promise.all(again);
    expect(late.scripted.within).toEqual([30_000, 29_000]);
  });

  test('no turn within the time that a look may take is a failure in words', async () => {
    const clock = createFakeClock();
    const limits = { atATime: 1, inAll: 1, silentMilliseconds: 2_000, perSecond: 50, burst: 50 };
    const hosts = createHosts({ clock, log: createRecordedLog(), registry: new Registry(), limits });
    const scripted = createScriptedSource(clock);
    const guard = (): Source => hosts.guard(scripted, { ...addressOf(overHttps), credentialKey: 'key' });
    scripted.hang();
    const hanging = guard().resolve([main], signal);
    const look = guard().resolve([main], signal, 5_000);
    await clock.advance(5_000);
    expect(await look).toMatchObject({
      reason: 'Timeout',
      message: expect.stringContaining('no turn came within 5 s'),
    });
    scripted.release();
    await hanging;
    expect(clock.sleeping()).toBe(0);
  });
});

describe('a proxy that one tenant brings', () => {
  const proxy = 'proxy.example.com:3128';

  test('takes the host away from nobody who goes another way', async () => {
    const { repository, states, log } = world();
    const direct = repository();
    const through = [repository('a key', overHttps, proxy), repository('other key', overHttps, proxy)];
    await bringDown(through);
    expect(await states()).toMatchObject({ open: 1, closed: 1 });
    expect((await direct.look()).kind).toBe('ok');
    const answer = await through[0]?.look();
    expect(answer?.kind === 'failed' && answer.message).toContain(
      'git.example.com through the proxy proxy.example.com:3128 is taken for down',
    );
    expect(log.lines.find(({ level }) => level === 'warn')).toMatchObject({ fields: { host, proxy } });
  });

  test('that says nothing keeps no seat of the host from those who go another way', async () => {
    const clock = createFakeClock();
    const limits = { atATime: 1, inAll: 1, silentMilliseconds: 2_000, perSecond: 50, burst: 50 };
    const hosts = createHosts({ clock, log: createRecordedLog(), registry: new Registry(), limits });
    const hanging = createScriptedSource(clock);
    const healthy = createScriptedSource(clock);
    const at = { ...addressOf(overHttps), credentialKey: 'key' };
    hanging.hang();
    const waiting = hosts.guard(hanging, { ...at, proxy }).resolve([main], signal);
    expect((await hosts.guard(healthy, at).resolve([main], signal)).kind).toBe('ok');
    hanging.release();
    await waiting;
  });
});

test('what is known of a host goes when nobody uses it any more', async () => {
  const { repository, states } = world();
  const both = [repository(), repository()];
  await bringDown(both);
  both[0]?.source.close();
  both[0]?.source.close();
  expect(await states()).toMatchObject({ open: 1 });
  both[1]?.source.close();
  expect(both.map(({ scripted }) => scripted.closed())).toEqual([2, 1]);
  expect(await states()).toEqual({ closed: 0, open: 0, halfOpen: 0 });
  expect(reasonOf(await repository().look())).toBe('ok');
});
