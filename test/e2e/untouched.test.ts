// Nothing without the opt-in label is read, sent or changed.
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { ready, runsOn } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();

it('asks the API server for labelled objects only, and never writes to others', async () => {
  const since = Date.now();
  const namespace = await system().namespace();
  const repository = system().git.repository('untouched');
  const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
  await system().apply(namespace, gitConfig({ url: repository.url }));
  await ready(system(), namespace, await commit('one'));
  await system().apply(
    namespace,
    workload({ name: 'stranger', replicas: 2 }),
    workload({ kind: 'StatefulSet', name: 'strange-set' }),
  );
  await system().apply(namespace, workload({ name: 'guest', labels: { 'confroll.dev/config': 'shop' } }));
  const hash = await ready(system(), namespace, await commit('two'));
  await runsOn(system(), namespace, 'guest', hash);
  await eventually(async () => (await system().list(namespace, 'pods', 'app=stranger')).length === 2);

  const requests = await system().audited(0);
  const ours = requests.filter(({ user }) => user.startsWith('system:serviceaccount:confroll-system:'));
  const lists = ours.filter(
    ({ verb, resource }) => ['list', 'watch'].includes(verb) && workloadResources.has(resource),
  );
  expect(lists.length).toBeGreaterThan(0);
  const unselected = lists.filter(
    ({ uri }) => !decodeURIComponent(uri).includes('labelSelector=confroll.dev/'),
  );
  expect(unselected.map(({ uri }) => uri)).toEqual([]);
  expect(ours.filter(({ name }) => name.startsWith('strange'))).toEqual([]);

  // The API server notes in its audit log which webhook was called for a request.
  const called = requests.filter(
    ({ at, name, annotations }) =>
      at >= since && name.startsWith('strange') && JSON.stringify(annotations).includes('confroll'),
  );
  expect(called.map(({ verb, resource, name }) => `${verb} ${resource} ${name}`)).toEqual([]);
});

const workloadResources = new Set([
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'controllerrevisions',
  'pods',
  'configmaps',
]);
