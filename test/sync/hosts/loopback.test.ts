// A real Git server that goes away and comes back, and one with a repository that never answers, seen by real sources.
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../../local/git-server/fault.ts';
import { startFaultProxy } from '../../../local/git-server/fault-proxy.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import { referenceKey } from '../../../src/api/reference.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHosts } from '../../../src/sync/hosts/hosts.ts';
import { defaultSeatLimits } from '../../../src/sync/hosts/seats.ts';
import { createRemotes } from '../../../src/sync/remotes.ts';
import type { Head, SourceFailure } from '../../../src/sync/source.ts';
import { eventually } from '../../support/eventually.ts';
import { addressOf, openSource } from '../../support/git-servers/open-source.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { main } from './scripted-source.ts';

let server: GitServer;
beforeAll(async () => {
  server = await startGitServer();
});
afterAll(() => server.stop());

test.for<[string, Fault]>([
  ['refuses connections', { kind: 'refuse' }],
  ['answers 503', { kind: 'status', status: 503 }],
])('20 repositories of a host that %s, and comes back', { timeout: 120_000 }, async ([name, fault]) => {
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: server.port } });
  const stop = new AbortController();
  const log = createRecordedLog();
  const hosts = createHosts({ clock: systemClock, log, registry: new Registry() });
  const remotes = createRemotes({
    clock: systemClock,
    openSource: (address) =>
      hosts.guard(openSource(address.text), { ...address, credentialKey: 'anonymous' }),
    onPolled: () => {},
    onNews: () => {},
    stretch: (milliseconds) => milliseconds,
    signal: stop.signal,
  });
  const seen = new Map<string, Head | SourceFailure>();
  const faults: unknown[] = [];
  const follow = async (repository: string): Promise<void> => {
    const remote = remotes.follow(
      repository,
      {
        address: addressOf(`${proxy.url}/${repository}`),
        credential: {
          login: { kind: 'anonymous' },
          tls: { ca: undefined, client: undefined },
          proxy: undefined,
        },
      },
      {
        reference: main,
        cadence: { intervalMilliseconds: 2_000, schedule: undefined },
        timeoutMilliseconds: 30_000,
        version: '1',
      },
    );
    while (!stop.signal.aborted) {
      const { head } = await remote.look(repository, { now: false }, stop.signal);
      seen.set(repository, head);
      await systemClock.sleep(remote.wait(repository), stop.signal);
    }
  };
  const slug = name.replaceAll(' ', '-');
  const names = Array.from({ length: 20 }, (_, index) => `${slug}/${index}`);
  const commits = await Promise.all(names.map((each) => server.repository(each).commit({ a: each })));
  const running = names.map((each) => follow(each).catch((error: unknown) => faults.push(error)));
  const allAt = (expected: readonly string[]): boolean =>
    names.every((each, index) => {
      const head = seen.get(each);
      return head !== undefined && 'commit' in head && head.commit === expected[index];
    });
  const lines = (): string[] =>
    log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
  try {
    await eventually(() => allAt(commits), { what: 'all heads' });

    await proxy.set(fault);
    await eventually(
      () =>
        names.every((each) => {
          const head = seen.get(each);
          return head !== undefined && 'reason' in head && head.reason === 'HostUnavailable';
        }),
      { seconds: 60, what: 'HostUnavailable everywhere' },
    );
    expect(lines()).toEqual(['Git host is taken for down']);
    const later = await Promise.all(names.map((each) => server.repository(each).commit({ a: 'later' })));

    await proxy.set({ kind: 'pass' });
    await eventually(() => allAt(later), { seconds: 60, what: 'all new heads' });
    expect(lines()).toEqual(['Git host is taken for down', 'Git host answers again']);
  } finally {
    stop.abort();
    await Promise.all(running);
    remotes.close();
    hosts.close();
    await proxy.stop();
  }
  // Each ended by the signal, and by nothing else.
  expect(faults).toEqual(names.map(() => stop.signal.reason));
});

test('a repository that never answers delays no other one of its host', { timeout: 120_000 }, async () => {
  const proxy = await startFaultProxy({
    target: { host: '127.0.0.1', port: server.port },
    affects: (line) => line.includes('/silent'),
  });
  const log = createRecordedLog();
  const limits = { ...defaultSeatLimits, atATime: 1 };
  const hosts = createHosts({ clock: systemClock, log, registry: new Registry(), limits });
  const stop = new AbortController();
  const open = (name: string) =>
    hosts.guard(openSource(`${proxy.url}/${name}`), {
      ...addressOf(`${proxy.url}/${name}`),
      credentialKey: 'k',
    });
  await server.repository('silent').commit({ a: '1' });
  const commit = await server.repository('healthy').commit({ a: '1' });
  const silent = open('silent');
  const healthy = open('healthy');
  try {
    await proxy.set({ kind: 'delay', milliseconds: 3_600_000 });
    let isOver = false;
    const hanging = silent
      .resolve([main], stop.signal)
      .catch(() => {})
      .finally(() => {
        isOver = true;
      });
    for (let round = 0; round < 5; round += 1) {
      const resolved = await healthy.resolve([main], stop.signal);
      const head = resolved.kind === 'ok' ? resolved.heads.get(referenceKey(main)) : resolved;
      expect(head).toEqual({ name: 'main', commit });
    }
    expect(isOver).toBe(false);
    expect(log.lines).toEqual([]);
    stop.abort();
    await hanging;
  } finally {
    stop.abort();
    silent.close();
    healthy.close();
    await proxy.stop();
  }
});
