// Looking up on a real API server: from the caches, and once by name for what they do not have.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';
import { gitConfigCrd } from '../../src/api/crd.ts';
import { parseContentHash } from '../../src/api/identifiers.ts';
import { snapshotMetadata } from '../../src/api/snapshot.ts';
import { partMetadata } from '../../src/api/snapshot-parts.ts';
import type { Kube } from '../../src/kube/api.ts';
import { createKube } from '../../src/kube/http.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSources, type Sources, stableHashOf } from '../../src/webhook/sources.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultyKube } from '../support/faulty-kube.ts';
import { gitConfig } from '../support/objects.ts';
import { createReader, type Reader } from '../support/reader.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { a } from './short-workload.ts';

const server = useApiServer();
const requests: string[] = [];
let kubectl: Kubectl;
let reader: Reader;
let close = (): void => {};

function sourcesOf(kube: Kube = createCounting()): Sources {
  return createSources({ kube, clock: systemClock, log: createRecordedLog(), namespaces: 'all' });
}

function createCounting() {
  const kube = createKube(server().connection, {
    clock: systemClock,
    userAgent: 'confroll-test',
    // The watches go on beside, and may begin anew at any time.
    onRequest: ({ verb, resource }) => void (verb === 'get' && requests.push(`${verb} ${resource}`)),
  });
  close = () => kube.close();
  return kube;
}

beforeAll(async () => {
  kubectl = createKubectl(server().cluster);
  reader = createReader(kubectl, server().cluster.kubeconfig);
  await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(gitConfigCrd) });
  await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev', '--timeout=30s']);
}, 60_000);
afterAll(() => close());

const status = (namespace: string, value: object) =>
  kubectl([
    ...['-n', namespace, 'patch', 'gitconfig', 'shop', '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify({ status: value })],
  ]);

describe('sources', () => {
  it('read once by name, however many ask, what no watch has brought yet', async () => {
    const namespace = await server().namespace();
    await reader.apply(namespace, gitConfig({ url: 'https://git.example.com/x.git' }));
    await status(namespace, { hash: a });
    const sources = sourcesOf();
    const answers = await Promise.all(Array.from({ length: 50 }, () => sources.gitConfig(namespace, 'shop')));
    expect(answers.every((found) => found !== undefined && stableHashOf(found) === a)).toBe(true);
    expect(requests).toStrictEqual(['get gitconfigs']);
    expect(await sources.gitConfig(namespace, 'other')).toBeUndefined();
    expect(await sources.snapshot(namespace, 'shop', a)).toEqual({ kind: 'absent', name: `shop-${a}` });
  });

  it('answer from the cache without a request, once something is published', async () => {
    const namespace = await server().namespace();
    await reader.apply(namespace, gitConfig({ url: 'https://git.example.com/x.git' }));
    const sources = sourcesOf();
    const stop = new AbortController();
    const running = sources.run(stop.signal);
    await eventually(() => sources.synced());
    // Nothing published: the cache may be a moment behind, so it is asked for.
    requests.length = 0;
    const unpublished = await sources.gitConfig(namespace, 'shop');
    expect(unpublished !== undefined && stableHashOf(unpublished)).toBeUndefined();
    expect(requests).toStrictEqual(['get gitconfigs']);
    await status(namespace, { hash: a });
    await eventually(async () => {
      requests.length = 0;
      await sources.gitConfig(namespace, 'shop');
      return requests.length === 0;
    });
    stop.abort();
    await running;
  });

  it.each([
    ['only has its name', { 'confroll.dev/config': 'shop' }],
    ['has lost its label, too', {}],
  ])('say that a ConfigMap which %s was changed', async (_, labels) => {
    const namespace = await server().namespace();
    const metadata = { name: `shop-${a}`, labels };
    await reader.apply(namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
    expect(await sourcesOf().snapshot(namespace, 'shop', a)).toEqual({ kind: 'changed', name: `shop-${a}` });
  });

  it('find a Snapshot of several objects only when all of them are there, by the watch or by name', async () => {
    const namespace = await server().namespace();
    const full = parseContentHash(a.padEnd(64, 'a'));
    if (full === undefined) throw new Error(a);
    const common = { config: 'shop', hash: full, format: '1' };
    const files = [{ key: 'k', path: 'a/b', executable: false }];
    const provenance = { mountPath: '/etc/shop', revision: '', author: '', subject: '' };
    const environment = ['A'];
    const base = snapshotMetadata({ ...common, ...provenance, files: [], shards: 1, environment });
    const shard = partMetadata({ ...common, kind: 'shard', index: 1, files });
    const variables = partMetadata({ ...common, kind: 'environment' });
    const put = (metadata: object) =>
      reader.apply(namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
    const sources = sourcesOf();
    const find = () => sources.snapshot(namespace, 'shop', a);

    await put(base);
    expect(await find()).toEqual({ kind: 'absent', name: `shop-${a}-1` });
    await put(shard);
    expect(await find()).toEqual({ kind: 'absent', name: `shop-${a}-env` });
    await put({ ...variables, annotations: { 'confroll.dev/hash': 'b'.repeat(64) } });
    expect(await find()).toEqual({ kind: 'changed', name: `shop-${a}-env` });
    await put(variables);
    expect(await find()).toMatchObject({ kind: 'found', snapshot: { hash: full }, shards: [files] });

    const stop = new AbortController();
    const running = sources.run(stop.signal);
    await eventually(() => sources.synced());
    requests.length = 0;
    expect(await find()).toMatchObject({ kind: 'found', shards: [files] });
    expect(requests).toStrictEqual([]);
    await kubectl(['-n', namespace, 'delete', 'configmap', `shop-${a}-1`]);
    await eventually(async () => (await find()).kind === 'absent');
    stop.abort();
    await running;
  });

  it('give up in time for an answer when the API server hangs', async () => {
    const faulty = await startFaultyKube(server().connection);
    faulty.proxy.freeze();
    await expect(sourcesOf(faulty.kube).gitConfig('default', 'shop')).rejects.toThrow(
      'did not answer in time',
    );
    await faulty.close();
  });
});
