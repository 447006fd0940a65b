// One label is the whole opt-in, wherever it stands and whenever it comes, and it costs exactly one rollout.
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { labelOf, pinOf, ready, revisionsOf, runsOn, textAt } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();
const optIn = { 'confroll.dev/config': 'shop' };

describe('opting in', () => {
  let namespace = '';
  let hash = '';

  beforeAll(async () => {
    namespace = await system().namespace();
    const repository = system().git.repository('opt-in');
    await system().apply(namespace, gitConfig({ url: repository.url }));
    // Published one after the other, so that whatever could go stale has had its chance.
    for (const timeout of [1, 2, 3, 4]) {
      const commit = await repository.commit({ 'envs/prod/shop/app.yaml': `timeout: ${timeout}\n` });
      hash = await ready(system(), namespace, commit);
    }
  });

  const exactly = async (count: number, kind: string, name: string): Promise<void> => {
    await stays(async () => {
      expect((await revisionsOf(system(), namespace, kind, name)).length).toBe(count);
    }, 3);
  };

  it.each([
    ['on the Deployment only', { kind: 'Deployment' as const, name: 'on-workload', labels: optIn }],
    ['on the Pod template only', { kind: 'Deployment' as const, name: 'on-template', templateLabels: optIn }],
    ['on both', { kind: 'Deployment' as const, name: 'on-both', labels: optIn, templateLabels: optIn }],
    ['on a StatefulSet', { kind: 'StatefulSet' as const, name: 'stateful', labels: optIn }],
    ['on a DaemonSet template', { kind: 'DaemonSet' as const, name: 'daemon', templateLabels: optIn }],
  ])('at creation, the label %s: one revision, on the newest content', async (_, options) => {
    await system().apply(namespace, workload(options));
    const object = await system().read(namespace, options.kind, options.name);
    expect(pinOf(object)).toBe(hash);
    expect(labelOf(object, 'rolled.confroll.dev/shop')).toBe(hash);
    expect(labelOf(object, 'confroll.dev/managed')).toBe('true');
    expect(textAt(object, 'spec', 'template', 'metadata', 'labels', 'pin.confroll.dev/shop')).toBe(hash);
    await eventually(async () => (await system().list(namespace, 'pods', `app=${options.name}`)).length > 0);
    await exactly(1, options.kind, options.name);
  });

  it('on a running one: exactly one new ReplicaSet, by the reloader', async () => {
    await system().apply(namespace, workload({ name: 'running', replicas: 2 }));
    await eventually(async () => (await system().list(namespace, 'pods', 'app=running')).length === 2);
    await system().kubectl(['-n', namespace, 'label', 'deployment/running', 'confroll.dev/config=shop']);
    await runsOn(system(), namespace, 'running', hash, 2);
    await exactly(2, 'Deployment', 'running');
    const object = await system().read(namespace, 'deployment', 'running');
    expect(textAt(object, 'metadata', 'labels', 'confroll.dev/managed')).toBe('true');
  });

  it('with a new image in the same apply: exactly one new ReplicaSet', async () => {
    await system().apply(namespace, workload({ name: 'both-at-once' }));
    await eventually(async () => (await system().list(namespace, 'pods', 'app=both-at-once')).length === 1);
    await system().apply(
      namespace,
      workload({ name: 'both-at-once', labels: optIn, image: 'confroll.local/pause:2' }),
    );
    await runsOn(system(), namespace, 'both-at-once', hash);
    await exactly(2, 'Deployment', 'both-at-once');
  });

  it('before its GitConfig exists: comes up by itself once that is there', async () => {
    const early = await system().namespace();
    const { warnings } = await applyWithWarnings(
      early,
      workload({ name: 'early', labels: optIn, replicas: 2 }),
    );
    expect(warnings).toContain('GitConfig');
    await eventually(async () => {
      const [set] = await system().list(early, 'replicasets');
      return JSON.stringify(set?.status ?? {}).includes('GitConfig');
    });
    const repository = system().git.repository('early');
    const commit = await repository.commit({ 'envs/prod/shop/app.yaml': 'early: true\n' });
    await system().apply(early, gitConfig({ url: repository.url }));
    const first = await ready(system(), early, commit);
    await runsOn(system(), early, 'early', first, 2);
  });

  it('and applying the same manifest again changes nothing', async () => {
    const manifest = workload({ name: 'on-workload', labels: optIn });
    const before = await system().read(namespace, 'deployment', 'on-workload');
    await system().apply(namespace, manifest);
    const after = await system().read(namespace, 'deployment', 'on-workload');
    expect(textAt(after, 'metadata', 'resourceVersion')).toBe(textAt(before, 'metadata', 'resourceVersion'));
  });

  async function applyWithWarnings(inNamespace: string, object: object): Promise<{ warnings: string }> {
    // kubectl prints warnings to standard error, which is told only when it fails: --warnings-as-errors makes it fail
    // after the object has been written.
    const input = JSON.stringify(object);
    const outcome = system().kubectl(['-n', inNamespace, 'apply', '--warnings-as-errors', '-f', '-'], {
      input,
    });
    return { warnings: await outcome.then(() => '', String) };
  }
});
