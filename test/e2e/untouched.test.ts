// Nothing without the opt-in label is read, sent or changed.
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { at, ready, runsOn } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();

it('asks the API server for labelled objects only, and never hears of or writes to others', async () => {
  const namespace = await system().namespace();
  const repository = system().git.repository('untouched');
  const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
  await system().apply(namespace, gitConfig({ url: repository.url }));
  await ready(system(), namespace, await commit('one'));

  const before = await admissionRequests();
  await system().apply(
    namespace,
    workload({ name: 'stranger', replicas: 2 }),
    workload({ kind: 'StatefulSet', name: 'strange-set' }),
    workload({ kind: 'DaemonSet', name: 'strange-daemon' }),
  );
  await running('stranger', 2);
  await running('strange-set', 1);
  await system().kubectl([
    '-n',
    namespace,
    'set',
    'image',
    'deployment/stranger',
    'app=confroll.local/pause:2',
  ]);
  await system().kubectl(['-n', namespace, 'label', 'deployment/stranger', 'team=other']);
  await system().kubectl(['-n', namespace, 'rollout', 'status', 'deployment/stranger', '--timeout=60s']);
  expect(await admissionRequests()).toBe(before);

  // The control: what does ask is heard of.
  await system().apply(namespace, workload({ name: 'guest', labels: { 'confroll.dev/config': 'shop' } }));
  const hash = await ready(system(), namespace, await commit('two'));
  await runsOn(system(), namespace, 'guest', hash);
  expect(await admissionRequests()).toBeGreaterThanOrEqual(before + 3);

  const ours = (await system().audited(0)).filter(({ user }) =>
    user.startsWith('system:serviceaccount:confroll-system:'),
  );
  const lists = ours.filter(
    ({ verb, resource }) => ['list', 'watch'].includes(verb) && workloadResources.has(resource),
  );
  expect(lists.length).toBeGreaterThan(0);
  const unselected = lists.filter(
    ({ uri }) => !decodeURIComponent(uri).includes('labelSelector=confroll.dev/'),
  );
  expect(unselected.map(({ uri }) => uri)).toEqual([]);
  expect(ours.filter(({ name }) => name.startsWith('strange'))).toEqual([]);

  async function running(app: string, count: number): Promise<void> {
    await eventually(async () => {
      const pods = await system().list(namespace, 'pods', `app=${app}`);
      return pods.filter((pod) => at(pod, 'status', 'phase') === 'Running').length === count;
    });
  }
}, 120_000);

/** All that the webhook has answered so far. */
async function admissionRequests(): Promise<number> {
  const programs = system()
    .confroll.programs()
    .filter(({ name }) => name.startsWith('webhook'));
  const metrics = await Promise.all(programs.map((program) => program.metrics()));
  const samples = metrics.join('\n').matchAll(/^confroll_admission_requests_total\{.*\} (\d+)$/gm);
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}

const workloadResources = new Set([
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'controllerrevisions',
  'pods',
  'configmaps',
]);
