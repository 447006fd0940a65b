// A list whose pages expire under way, on a real API server and a compacted etcd.
import { expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../src/kube/api.ts';
import { createKube } from '../../src/kube/http.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useApiServer } from '../support/api-server.ts';
import { compactEtcd } from '../support/compact-etcd.ts';
import { eventually } from '../support/eventually.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);
const { configMaps } = resources;

async function make(namespace: string, name: string): Promise<string> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const write = { signal, fieldManager: 'test' };
  const made = await api().kube.create({ resource: configMaps, namespace }, body, parseKubeObject, write);
  return made.metadata.resourceVersion ?? '';
}

test('a list whose next page has expired is made once more, in one piece', async () => {
  const namespace = await api().namespace();
  for (const name of ['a', 'b', 'c']) await make(namespace, name);

  // Between the first page and the second everything is forgotten: etcd's history, and what the API server remembers of it.
  const expire = async (): Promise<void> => {
    await compactEtcd(api().cluster, await make(namespace, 'd'));
    await api().cluster.restart('kube-apiserver');
    const ready = () =>
      api().kube.get({ resource: configMaps, namespace, name: 'd' }, parseKubeObject, { signal });
    await eventually(ready, { seconds: 60 });
  };
  let asked = 0;
  const connection: Connection = {
    ...api().connection,
    async headers() {
      asked += 1;
      if (asked === 2) await expire();
      return api().connection.headers();
    },
  };
  const statuses: number[] = [];
  const kube = createKube(connection, {
    clock: systemClock,
    userAgent: 'confroll-test',
    deadlineMilliseconds: 90_000,
    onRequest: ({ status }) => statuses.push(status),
  });
  onTestFinished(() => kube.close());

  const { items } = await kube.list({ resource: configMaps, namespace }, parseKubeObject, {
    signal,
    limit: 2,
  });
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c', 'd']);
  expect(statuses).toEqual([200, 410, 200]);
});
