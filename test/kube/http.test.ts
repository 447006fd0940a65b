// The Kube interface on a real API server.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WatchEvent, WriteOptions } from '../../src/kube/api.ts';
import { createKube } from '../../src/kube/http.ts';
import { isKubeStatus, KubeError } from '../../src/kube/kube-error.ts';
import { parseConfigMap, parseKubeObject, parseSecret } from '../../src/kube/parse.ts';
import { resources, workloadResource } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultyKube } from '../support/faulty-kube.ts';
import { workload } from '../support/objects.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);
const write: WriteOptions = { signal, fieldManager: 'test' };
const { configMaps, secrets } = resources;

function configMap(name: string, data: Record<string, string>, labels = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('objects', () => {
  test('are created, read, listed and deleted; what is absent is undefined', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: configMaps, namespace, name: 'one' };
    expect(await kube.get(ref, parseConfigMap, { signal })).toBeUndefined();
    const created = await kube.create(
      ref,
      configMap('one', { file: 'ä\n' }, { app: 'x' }),
      parseConfigMap,
      write,
    );
    expect(await kube.get(ref, parseConfigMap, { signal })).toEqual(created);
    const selection = { resource: configMaps, namespace, labelSelector: 'app=x' };
    const list = await kube.list(selection, parseConfigMap, { signal });
    expect(list.items).toEqual([created]);
    const stale = { uid: '00000000-0000-0000-0000-000000000000' };
    const refused = await failureOf(kube.delete(ref, { signal, preconditions: stale }));
    expect(isKubeStatus(refused, 409)).toBe(true);
    await kube.delete(ref, { signal, preconditions: { uid: created.metadata.uid ?? '' } });
    expect(await kube.get(ref, parseConfigMap, { signal })).toBeUndefined();
  });

  test('come without content when only metadata is wanted', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: configMaps, namespace, name: 'one' };
    await kube.create(ref, configMap('one', { file: 'content' }), parseConfigMap, write);
    const metadataOnly = { signal, metadataOnly: true };
    const one = await kube.get(ref, parseKubeObject, metadataOnly);
    const { items } = await kube.list({ resource: configMaps, namespace }, parseKubeObject, metadataOnly);
    expect(one?.kind).toBe('PartialObjectMetadata');
    expect(items.map((item) => item.metadata.name)).toEqual(['one']);
    expect(JSON.stringify([one, items])).not.toContain('content');
  });

  test('of an unknown resource type are an error and not merely absent', async () => {
    const unknown = { base: 'apis/confroll.test/v1', plural: 'things', kind: 'Thing', namespaced: true };
    const ref = { resource: unknown, namespace: 'default', name: 'one' };
    expect(isKubeStatus(await failureOf(api().kube.get(ref, parseKubeObject, { signal })), 404)).toBe(true);
  });

  test('are listed whole, whatever the number of pages', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const names = Array.from({ length: 1_200 }, (_, index) => `many-${String(index).padStart(4, '0')}`);
    await Promise.all(
      names.map((name) =>
        kube.create({ resource: configMaps, namespace }, configMap(name, {}), parseConfigMap, write),
      ),
    );
    const requests: string[] = [];
    const counting = createKube(api().connection, {
      clock: systemClock,
      userAgent: 'confroll-test',
      onRequest: ({ verb, resource, status }) => requests.push(`${verb} ${resource} ${status}`),
    });
    onTestFinished(() => counting.close());
    const list = await counting.list({ resource: configMaps, namespace }, parseConfigMap, { signal });
    expect(list.items.map((item) => item.metadata.name).toSorted()).toEqual(names);
    expect(list.items.every((item) => item.kind === 'ConfigMap' && item.apiVersion === 'v1')).toBe(true);
    expect(requests).toEqual(Array.from({ length: 3 }, () => 'list configmaps 200'));
  });
});

describe('writes', () => {
  test('a JSON patch whose test fails gives 422 and changes nothing', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: workloadResource('Deployment'), namespace, name: 'api' };
    const before = await kube.create(ref, workload({ name: 'api' }), parseKubeObject, write);
    const add = { op: 'add', path: '/metadata/labels', value: { new: 'x' } } as const;
    const wrong = { op: 'test', path: '/metadata/uid', value: 'another' } as const;
    const refused = await failureOf(
      kube.patch(ref, { kind: 'json', operations: [wrong, add] }, parseKubeObject, write),
    );
    expect(isKubeStatus(refused, 422)).toBe(true);
    expect(await kube.get(ref, parseKubeObject, { signal })).toEqual(before);
    const right = { ...wrong, value: before.metadata.uid };
    const after = await kube.patch(ref, { kind: 'json', operations: [right, add] }, parseKubeObject, write);
    expect(after.metadata.labels).toEqual({ new: 'x' });
  });

  test('two managers apply their own fields and keep those of the other', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: configMaps, namespace, name: 'shared' };
    const applyAs = (fieldManager: string, data: Record<string, string>) =>
      kube.patch(ref, { kind: 'apply', body: configMap('shared', data) }, parseConfigMap, {
        signal,
        fieldManager,
      });
    await applyAs('one', { a: '1', both: '1' });
    await applyAs('two', { b: '2', both: '2' });
    expect((await applyAs('one', { a: '3' })).data).toEqual({ a: '3', b: '2', both: '2' });
    const after = await applyAs('two', { b: '2' });
    expect(after.data).toEqual({ a: '3', b: '2' });
    const again = await applyAs('two', { b: '2' });
    expect(again.metadata.resourceVersion).toBe(after.metadata.resourceVersion);
  });

  test('a dry run stores nothing', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: configMaps, namespace, name: 'dry' };
    await kube.create(ref, configMap('dry', {}), parseConfigMap, { ...write, dryRun: true });
    expect(await kube.get(ref, parseConfigMap, { signal })).toBeUndefined();
  });

  test('a merge patch with an old resourceVersion gives 409', async () => {
    const { kube } = api();
    const namespace = await api().namespace();
    const ref = { resource: configMaps, namespace, name: 'one' };
    const { metadata } = await kube.create(ref, configMap('one', {}), parseConfigMap, write);
    const patch = (value: string) =>
      kube.patch(
        ref,
        { kind: 'merge', body: { metadata: { resourceVersion: metadata.resourceVersion }, data: { value } } },
        parseConfigMap,
        write,
      );
    await patch('a');
    expect(isKubeStatus(await failureOf(patch('b')), 409)).toBe(true);
  });
});

describe('errors', () => {
  test('name the request and hold neither token nor content of a Secret', async () => {
    const namespace = await api().namespace();
    const ref = { resource: secrets, namespace, name: 'bad' };
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bad' },
      data: { key: 'hunter2 is no base64' },
    };
    const error = await failureOf(api().kube.create(ref, body, parseSecret, write));
    expect(error).toBeInstanceOf(KubeError);
    const shown = JSON.stringify([String(error), error]);
    expect(shown).toContain(`POST secrets ${namespace}`);
    expect(shown).not.toContain('hunter2');
    const { authorization = '' } = await api().connection.headers();
    expect(authorization).not.toBe('');
    expect(shown).not.toContain(authorization.replace('Bearer ', ''));
  });

  test('a wrong credential gives 401', async () => {
    const connection = {
      ...api().connection,
      headers: async () => ({ authorization: 'Bearer wrong-token' }),
    };
    const kube = createKube(connection, { clock: systemClock, userAgent: 'confroll-test' });
    onTestFinished(() => kube.close());
    const error = await failureOf(kube.list({ resource: configMaps }, parseConfigMap, { signal }));
    expect(isKubeStatus(error, 401)).toBe(true);
    expect(String(error)).not.toContain('wrong-token');
  });

  test('a certificate of another authority is not trusted', async () => {
    const connection = { ...api().connection, tls: { ...api().connection.tls, ca: undefined } };
    const kube = createKube(connection, { clock: systemClock, userAgent: 'confroll-test' });
    onTestFinished(() => kube.close());
    const error = await failureOf(kube.list({ resource: configMaps }, parseConfigMap, { signal }));
    expect(isKubeStatus(error, 0)).toBe(true);
  });

  test('a caller that gives up gets its own reason', async () => {
    const reason = new Error('enough');
    const work = api().kube.list({ resource: configMaps }, parseConfigMap, {
      signal: AbortSignal.abort(reason),
    });
    expect(await failureOf(work)).toBe(reason);
  });
});

describe('a bad network', () => {
  test('an API server that does not answer costs the deadline and no more', async () => {
    const { kube, proxy, close } = await startFaultyKube(api().connection, { deadlineMilliseconds: 300 });
    onTestFinished(close);
    proxy.freeze();
    const error = await failureOf(kube.list({ resource: configMaps }, parseConfigMap, { signal }));
    expect(error).toMatchObject({ details: { status: 0, reason: 'Timeout', request: 'GET configmaps' } });
  });

  test('a refused connection says which address refused', async () => {
    const { kube, proxy, close } = await startFaultyKube(api().connection);
    onTestFinished(close);
    proxy.refuse();
    const error = await failureOf(kube.list({ resource: configMaps }, parseConfigMap, { signal }));
    expect(error).toMatchObject({ details: { status: 0 } });
    expect(String(error)).toContain(`https://127.0.0.1:${proxy.port}`);
  });

  test('requests share connections, and a read survives one that ended while idle', async () => {
    const { kube, proxy, close } = await startFaultyKube(api().connection);
    onTestFinished(close);
    const read = () =>
      kube.get({ resource: resources.namespaces, name: 'default' }, parseKubeObject, { signal });
    for (let count = 0; count < 20; count += 1) await read();
    expect(proxy.accepted()).toBe(1);
    for (let round = 0; round < 20; round += 1) {
      // Not waited for: the next request goes out while the reset is on its way.
      proxy.cut();
      expect((await read())?.metadata.name).toBe('default');
    }
  });

  test('a watch that nobody listens to any more leaves no connection open', async () => {
    const namespace = await api().namespace();
    const { kube, proxy, close } = await startFaultyKube(api().connection);
    onTestFinished(close);
    const { resourceVersion } = await kube.list({ resource: configMaps, namespace }, parseConfigMap, {
      signal,
    });
    const stop = new AbortController();
    const seen: WatchEvent[] = [];
    const watching = (async () => {
      for await (const event of kube.watch(
        { resource: configMaps, namespace },
        { signal: stop.signal, resourceVersion },
      )) {
        seen.push(event);
        if (seen.length === 2) return;
      }
    })();
    await kube.create({ resource: configMaps, namespace }, configMap('a', {}), parseConfigMap, write);
    await kube.delete({ resource: configMaps, namespace, name: 'a' }, { signal });
    await watching;
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    await eventually(() => proxy.open() === 1, { what: 'only the connection of the other requests' });
  });
});
