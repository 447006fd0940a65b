// Whether a Snapshot of several objects is there, asked of a real API server before and after a watch shows them.
import { expect, it } from 'vitest';
import { parseContentHash } from '../../src/api/identifiers.ts';
import { snapshotMetadata } from '../../src/api/snapshot.ts';
import { partMetadata } from '../../src/api/snapshot-parts.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { createSnapshots, type KnownSnapshot, parseKnownSnapshot } from '../../src/reloader/snapshots.ts';
import { useApiServer } from '../support/api-server.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const server = useApiServer();

it('is there when all its objects are', async () => {
  const namespace = await server().namespace();
  const hash = parseContentHash('a'.repeat(64));
  if (hash === undefined) throw new Error('no hash');
  const common = { config: 'shop', hash, format: '1' };
  const provenance = { mountPath: '/etc/shop', revision: 'main@sha1:4fe1', author: 'Ann', subject: '' };
  const base = snapshotMetadata({ ...common, ...provenance, files: [], shards: 1, environment: ['A'] });
  const shard = partMetadata({ ...common, kind: 'shard', index: 1, files: [] });
  const variables = partMetadata({ ...common, kind: 'environment' });

  const shown = new Map<string, KnownSnapshot>();
  const clock = createFakeClock();
  const cache = { get: (_: string | undefined, name: string) => shown.get(name) };
  const { kube } = server();
  const snapshots = createSnapshots({ cache, kube, clock, log: createRecordedLog() });
  const ref = { namespace, config: 'shop', hash: 'a'.repeat(12) };
  const signal = AbortSignal.timeout(30_000);
  const presence = async () => {
    await clock.advance(10_000);
    await snapshots.resolve([ref], signal);
    return snapshots.presence(ref);
  };

  expect(await presence()).toBe('absent');
  for (const metadata of [base, shard, variables]) {
    expect(await presence()).toBe('absent');
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    const write = { signal, fieldManager: 'test' };
    await kube.create({ resource: resources.configMaps, namespace }, body, parseKubeObject, write);
  }
  expect(await presence()).toBe('present');
  expect(snapshots.find(ref)).toBeUndefined();

  const noApiServer = { get: () => Promise.reject(new Error('nobody is asked')) };
  const known = createSnapshots({ cache, kube: noApiServer, clock, log: createRecordedLog() });
  for (const metadata of [base, shard, variables]) {
    expect(known.presence(ref)).toBe('unknown');
    shown.set(metadata.name, parseKnownSnapshot({ metadata }));
  }
  expect(known.presence(ref)).toBe('present');
  expect(known.find(ref)).toMatchObject({ author: 'Ann' });
  shown.set(shard.name, parseKnownSnapshot({ metadata: { ...shard, annotations: {} } }));
  expect(known.presence(ref)).toBe('unknown');
});
