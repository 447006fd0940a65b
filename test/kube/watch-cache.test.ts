// List and watch on a real API server, with a faulty network in between.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConfigMap } from '../../src/api/objects.ts';
import type { Kube, WatchEvent } from '../../src/kube/api.ts';
import { parseConfigMap, parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { type Change, createWatchCache, type WatchTarget } from '../../src/kube/watch-cache.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultyKube } from '../support/faulty-kube.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);
const write = { signal, fieldManager: 'test' };
const { configMaps } = resources;

type Setup = Partial<WatchTarget<ConfigMap>> & {
  readonly kube?: Pick<Kube, 'list' | 'watch'>;
  readonly idleMilliseconds?: number;
  readonly retain?: (object: ConfigMap) => boolean;
};

/** A running cache that has synced; `told` are its changes in words. */
async function startCache(namespaces: readonly string[] | 'all', setup: Setup = {}) {
  const { kube = api().kube, idleMilliseconds = 90_000, retain, ...target } = setup;
  const told: string[] = [];
  const log = createRecordedLog();
  const onChange = (change: Change<ConfigMap>): void => {
    told.push(`${change.kind} ${change.object.metadata.name} ${change.object.data?.value ?? ''}`.trim());
  };
  const deps = { kube, clock: systemClock, log, onChange, idleMilliseconds, ...(retain && { retain }) };
  const cache = createWatchCache(
    { resource: configMaps, namespaces, parse: parseConfigMap, ...target },
    deps,
  );
  const stop = new AbortController();
  const running = cache.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  await cache.whenSynced(signal);
  const sees = (line: string) => eventually(() => told.includes(line), { what: `"${line}" in ${told}` });
  return { cache, told, log, sees };
}

function body(name: string, value: string, labels = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { value } };
}

const make = (namespace: string, name: string, value = '1', labels = {}): Promise<ConfigMap> =>
  api().kube.create({ resource: configMaps, namespace }, body(name, value, labels), parseConfigMap, write);

const change = (namespace: string, name: string, patch: object): Promise<ConfigMap> =>
  api().kube.patch(
    { resource: configMaps, namespace, name },
    { kind: 'merge', body: patch },
    parseConfigMap,
    write,
  );

const remove = (namespace: string, name: string): Promise<void> =>
  api().kube.delete({ resource: configMaps, namespace, name }, { signal });

describe('a cache', () => {
  test('holds what was there and follows what happens', async () => {
    const namespace = await api().namespace();
    await make(namespace, 'old');
    const { cache, told, sees } = await startCache([namespace]);
    expect(told).toEqual(['set old 1']);
    expect(cache.synced()).toBe(true);
    await make(namespace, 'new');
    await sees('set new 1');
    await change(namespace, 'new', { data: { value: '2' } });
    await sees('set new 2');
    await remove(namespace, 'old');
    await sees('deleted old 1');
    expect(cache.list().map((object) => object.metadata.name)).toEqual(['new']);
    expect(cache.get(namespace, 'new')?.data).toEqual({ value: '2' });
    expect(cache.get(namespace, 'old')).toBeUndefined();
  });

  test('of some namespaces sees those and no other', async () => {
    const [one, two, other] = [await api().namespace(), await api().namespace(), await api().namespace()];
    const { cache, sees } = await startCache([one, two]);
    await make(other, 'other');
    await make(one, 'one');
    await make(two, 'two');
    await sees('set one 1');
    await sees('set two 1');
    expect(
      cache
        .list()
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    ).toEqual(['one', 'two']);
    expect(cache.list(two).map(({ metadata }) => metadata.name)).toEqual(['two']);
  });

  test('of a label tells when an object loses it', async () => {
    const namespace = await api().namespace();
    const { sees, cache } = await startCache('all', { labelSelector: 'watched=yes' });
    await make(namespace, 'labelled', '1', { watched: 'yes' });
    await make(namespace, 'plain');
    await sees('set labelled 1');
    await change(namespace, 'labelled', { metadata: { labels: { watched: 'no' } } });
    await sees('deleted labelled 1');
    expect(cache.list()).toEqual([]);
  });

  test('of metadata holds no content', async () => {
    const namespace = await api().namespace();
    const { cache } = await startCache([namespace], { metadataOnly: true });
    await make(namespace, 'one', 'content');
    const object = await eventually(() => cache.get(namespace, 'one'));
    expect(object.kind).toBe('PartialObjectMetadata');
    expect(JSON.stringify(object)).not.toContain('content');
  });

  test('reports what it shall not keep, and forgets what it kept before', async () => {
    const namespace = await api().namespace();
    const { cache, sees } = await startCache([namespace], { retain: ({ data }) => data?.value === 'keep' });
    await make(namespace, 'one', 'keep');
    await sees('set one keep');
    expect(cache.list()).toHaveLength(1);
    await change(namespace, 'one', { data: { value: 'drop' } });
    await sees('set one drop');
    expect(cache.list()).toEqual([]);
    await remove(namespace, 'one');
    await sees('deleted one drop');
  });

  test('leaves what it does not understand as it was, and says so', async () => {
    const namespace = await api().namespace();
    const parse = (raw: unknown): ConfigMap => {
      const object = parseConfigMap(raw);
      if (object.data?.value === 'odd') throw new Error('odd');
      return object;
    };
    const { cache, sees, log } = await startCache([namespace], { parse });
    await make(namespace, 'one');
    await sees('set one 1');
    await change(namespace, 'one', { data: { value: 'odd' } });
    await eventually(() => log.lines.some(({ message }) => message.startsWith('object not understood')));
    expect(cache.get(namespace, 'one')?.data).toEqual({ value: '1' });
    await remove(namespace, 'one');
    await eventually(() => cache.list().length === 0);
  });

  test('takes the answer of a write at once, and its echo says nothing new', async () => {
    const namespace = await api().namespace();
    const { cache, told, sees } = await startCache([namespace]);
    const first = await make(namespace, 'one');
    cache.put(first);
    const second = await change(namespace, 'one', { data: { value: '2' } });
    cache.put(second);
    expect(cache.get(namespace, 'one')).toEqual(second);
    cache.put(first);
    expect(cache.get(namespace, 'one')).toEqual(second);
    await make(namespace, 'last');
    await sees('set last 1');
    expect(told.filter((line) => line.includes('one'))).toEqual(
      expect.arrayContaining(['set one 1', 'set one 2']),
    );
    expect(told.filter((line) => line === 'set one 2')).toHaveLength(1);
  });

  test('does not bring a deleted object back when the answer of a write comes late', async () => {
    const namespace = await api().namespace();
    const { cache, sees } = await startCache([namespace]);
    const written = await make(namespace, 'gone');
    await remove(namespace, 'gone');
    await sees('deleted gone 1');
    cache.put(written);
    expect(cache.list()).toEqual([]);
  });
});

describe('a watch goes on after', () => {
  /** A cache behind a proxy that has seen one object, so that the watch is open. */
  async function startBehindProxy(idleMilliseconds?: number) {
    const namespace = await api().namespace();
    const faulty = await startFaultyKube(api().connection, { deadlineMilliseconds: 1_000 });
    onTestFinished(faulty.close);
    let lists = 0;
    const kube: Pick<Kube, 'list' | 'watch'> = {
      watch: faulty.kube.watch,
      list: (...args) => {
        lists += 1;
        return faulty.kube.list(...args);
      },
    };
    await make(namespace, 'kept');
    await make(namespace, 'doomed');
    const started = await startCache([namespace], { kube, ...(idleMilliseconds && { idleMilliseconds }) });
    await make(namespace, 'first');
    await started.sees('set first 1');
    return { ...started, namespace, proxy: faulty.proxy, lists: () => lists };
  }

  test('a cut connection, without listing again', async () => {
    const { namespace, proxy, sees, told, lists } = await startBehindProxy();
    proxy.cut();
    await make(namespace, 'second');
    await sees('set second 1');
    proxy.refuse();
    await remove(namespace, 'doomed');
    await make(namespace, 'third');
    proxy.pass();
    await sees('deleted doomed 1');
    await sees('set third 1');
    expect(lists()).toBe(1);
    expect(told.filter((line) => line === 'set kept 1')).toHaveLength(1);
  });

  test('a connection that stays open and says nothing', async () => {
    const { namespace, proxy, sees, lists } = await startBehindProxy(1_500);
    proxy.freeze();
    await make(namespace, 'second');
    await systemClock.sleep(2_000, signal);
    proxy.pass();
    await sees('set second 1');
    expect(lists()).toBe(1);
  });

  test('an API server that restarted and has forgotten the place: what was deleted meanwhile is told', async () => {
    const { namespace, proxy, sees, told, log, lists, cache } = await startBehindProxy();
    proxy.refuse();
    await remove(namespace, 'doomed');
    await change(namespace, 'first', { data: { value: '2' } });
    // The new process knows only what happens from now on, so the place of our watch is too old for it.
    for (let count = 0; count < 5; count += 1) await make(namespace, `filler-${count}`);
    await api().cluster.restart('kube-apiserver');
    await eventually(
      () => api().kube.get({ resource: resources.namespaces, name: 'default' }, parseKubeObject, { signal }),
      {
        seconds: 60,
      },
    );
    proxy.pass();
    await sees('deleted doomed 1');
    await sees('set first 2');
    expect(lists()).toBe(2);
    expect(log.lines.some(({ message }) => message === 'watch expired, listing again')).toBe(true);
    expect(told.filter((line) => line === 'set kept 1')).toHaveLength(1);
    expect(cache.list()).toHaveLength(7);
  });

  test('the end that the API server itself sets', async () => {
    const namespace = await api().namespace();
    let watches = 0;
    // What timeoutSeconds does, sooner: the answer ends in good order after its first event.
    const kube: Pick<Kube, 'list' | 'watch'> = {
      list: api().kube.list,
      watch: (...args) => {
        watches += 1;
        return firstOf(api().kube.watch(...args));
      },
    };
    const { sees, log } = await startCache([namespace], { kube });
    for (const name of ['a', 'b', 'c']) {
      await make(namespace, name);
      await sees(`set ${name} 1`);
    }
    expect(watches).toBeGreaterThanOrEqual(3);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

async function* firstOf(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
  for await (const event of events) {
    yield event;
    return;
  }
}

test('whenSynced rejects with the reason of its signal', async () => {
  const deps = { kube: api().kube, clock: systemClock, log: createRecordedLog(), onChange: () => {} };
  const cache = createWatchCache({ resource: configMaps, namespaces: 'all', parse: parseConfigMap }, deps);
  const reason = new Error('enough');
  await expect(cache.whenSynced(AbortSignal.abort(reason))).rejects.toBe(reason);
  const later = new AbortController();
  const waiting = cache.whenSynced(later.signal);
  later.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(cache.synced()).toBe(false);
});

test('a change that nobody can take ends the cache with that error', async () => {
  const namespace = await api().namespace();
  const broken = new Error('a bug above');
  const onChange = (): void => {
    throw broken;
  };
  const deps = { kube: api().kube, clock: systemClock, log: createRecordedLog(), onChange };
  const cache = createWatchCache(
    { resource: configMaps, namespaces: [namespace], parse: parseConfigMap },
    deps,
  );
  // Waited for from the start: the watch may tell of the object before its maker hears of it.
  const ended = expect(cache.run(signal)).rejects.toBe(broken);
  await make(namespace, 'one');
  await ended;
});
