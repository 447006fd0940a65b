// A controller that was away, or is killed in the middle, loses nothing and repeats nothing.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { gateBeforeApiServer } from '../support/api-server-gate.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { pinOf, ready, revisionsOf, runsOn, textAt } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem({ controllers: 2 });
const optIn = { 'confroll.dev/config': 'shop' };

describe('a controller', () => {
  it('that was stopped for three commits rolls each stale workload once, to the last, and leaves the others alone', async () => {
    const namespace = await system().namespace();
    const repository = system().git.repository('catch-up');
    const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
    await system().apply(namespace, gitConfig({ url: repository.url }));
    const first = await ready(system(), namespace, await commit('one'));
    await system().apply(namespace, ...['a', 'b', 'c'].map((name) => workload({ name, labels: optIn })));
    for (const name of ['a', 'b', 'c']) await runsOn(system(), namespace, name, first);
    await ready(system(), namespace, await repository.commit({ elsewhere: 'x' }));

    expect(await endControllers('SIGTERM')).toEqual([0, 0]);
    for (const text of ['two', 'three']) await commit(text);
    const last = await commit('four');
    await system().confroll.startController();
    const hash = await ready(system(), namespace, last);
    for (const name of ['a', 'b', 'c']) {
      await runsOn(system(), namespace, name, hash);
      expect((await revisionsOf(system(), namespace, 'Deployment', name)).length).toBe(2);
    }

    // All are right now: a restart must not write to any of them.
    const versions = await resourceVersions(namespace);
    const since = Date.now();
    await endControllers('SIGKILL');
    await system().confroll.startController();
    await eventually(async () => (await tookOver(since)) || undefined, {
      what: 'the new leader',
      seconds: 60,
    });
    const fourth = await repository.commit({ elsewhere: 'y' });
    await ready(system(), namespace, fourth);
    expect(await resourceVersions(namespace)).toEqual(versions);
  });

  it('that is killed in the middle of a rollout over ten workloads is followed by the standby: all arrive, none twice', async () => {
    await endControllers('SIGTERM');
    const namespace = await system().namespace();
    const repository = system().git.repository('killed');
    const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
    const gate = await gateBeforeApiServer(system());
    const victim = await system().confroll.startController('--kubeconfig', gate.kubeconfig);
    await eventually(async () => (await leader()) === victim.name, { what: 'the first leader' });
    await system().confroll.startController();
    await system().apply(namespace, gitConfig({ url: repository.url }));
    const first = await ready(system(), namespace, await commit('one'));
    const names = Array.from({ length: 10 }, (_, index) => `web-${index}`);
    await system().apply(namespace, ...names.map((name) => workload({ name, labels: optIn })));
    for (const name of names) await runsOn(system(), namespace, name, first);

    // At most four of ten moves get through; at the fifth the leader dies, with some of them perhaps still on their way.
    const killed = gate.afterPatches(4, () => void victim.end('SIGKILL'));
    const last = await commit('two');
    await killed;
    const pins = (await system().list(namespace, 'deployments')).map((object) => pinOf(object));
    const moved = pins.filter((pin) => pin !== first).length;
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(4);

    const hash = await ready(system(), namespace, last);
    for (const name of names) {
      await runsOn(system(), namespace, name, hash);
      expect((await revisionsOf(system(), namespace, 'Deployment', name)).length).toBe(2);
    }
    // A second roll to the same hash would come back to the same ReplicaSet and count its revision up.
    const revision = (object: JsonObject) =>
      textAt(object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision');
    expect((await system().list(namespace, 'deployments')).map(revision)).toEqual(names.map(() => '2'));
    expect(await leader()).not.toBe(victim.name);
    await gate.stop();
  });
});

async function endControllers(signal: 'SIGTERM' | 'SIGKILL'): Promise<(number | string)[]> {
  const running = system()
    .confroll.programs()
    .filter((program) => program.name.startsWith('controller') && program.running());
  return Promise.all(running.map((program) => program.end(signal)));
}

async function leader(): Promise<string | undefined> {
  return textAt(
    await system().read('confroll-system', 'lease', 'confroll-controller'),
    'spec',
    'holderIdentity',
  );
}

async function tookOver(since: number): Promise<boolean> {
  const lease = await system().read('confroll-system', 'lease', 'confroll-controller');
  return Date.parse(textAt(lease, 'spec', 'acquireTime') ?? '') > since;
}

async function resourceVersions(namespace: string): Promise<(string | undefined)[]> {
  const deployments = await system().list(namespace, 'deployments');
  return deployments.map((object) => textAt(object, 'metadata', 'resourceVersion'));
}
