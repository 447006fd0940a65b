// An undo brings the old config back and lasts until a person resumes, on every kind.
import { describe, expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { at, labelOf, pinOf, published, ready, runsOn } from '../support/reading.ts';
import { type System, useSystem } from '../support/system.ts';

const system = useSystem();
const optIn = { 'confroll.dev/config': 'shop' };
const person = '--field-manager=confroll-person';

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** A workload of that kind that has run on a first and on a second content. */
async function afterTwoCommits(kind: Kind) {
  const namespace = await system().namespace();
  const repository = system().git.repository(`undo-${kind.toLowerCase()}-${namespace}`);
  const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
  await system().apply(namespace, gitConfig({ url: repository.url }));
  const first = await ready(system(), namespace, await commit('one'));
  await system().apply(namespace, workload({ kind, name: 'web', labels: optIn }));
  const pods = kind === 'DaemonSet' ? await nodes(system()) : 1;
  await runsOn(system(), namespace, 'web', first, pods);
  const second = await ready(system(), namespace, await commit('two'));
  await runsOn(system(), namespace, 'web', second, pods);
  const read = () => system().read(namespace, kind, 'web');
  const kubectl = (...args: string[]) => system().kubectl(['-n', namespace, ...args]);
  return { namespace, commit, first, second, pods, read, kubectl };
}

describe.each<Kind>(['Deployment', 'StatefulSet', 'DaemonSet'])('kubectl rollout undo of a %s', (kind) => {
  it('is held through the next two commits, said everywhere, and ends when a person resumes', async () => {
    const { namespace, commit, first, second, pods, read, kubectl } = await afterTwoCommits(kind);
    await kubectl('rollout', 'undo', `${kind}/web`);
    await runsOn(system(), namespace, 'web', first, pods);
    await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') === second, {
      what: 'the hold',
    });
    expect(labelOf(await read(), 'rolled.confroll.dev/shop')).toBe(first);

    let newest = '';
    for (const text of ['three', 'four']) {
      newest = await published(system(), namespace, await commit(text));
      await stays(async () => expect(pinOf(await read())).toBe(first), 3);
    }
    await eventually(
      async () =>
        at(await system().read(namespace, 'gitconfig', 'shop'), 'status', 'workloads', 'held') === 1,
    );
    const events = await system().list(namespace, 'events');
    const held = events.find((event) => event.reason === 'ConfigHeld');
    expect(held?.message).toContain('held.confroll.dev/shop-');
    expect(await kubectl('get', kind, '-l', 'held.confroll.dev/shop', '-o', 'name')).toContain('/web');

    await kubectl('label', `${kind}/web`, 'held.confroll.dev/shop-', person);
    await runsOn(system(), namespace, 'web', newest, pods);
    expect(labelOf(await read(), 'held.confroll.dev/shop')).toBeUndefined();
  });
});

describe('an undo', () => {
  it('lasts when somebody deletes the Snapshot that it went back to: it is made again from Git', async () => {
    const { namespace, first, second, read, kubectl } = await afterTwoCommits('Deployment');
    await kubectl('rollout', 'undo', 'deployment/web');
    await runsOn(system(), namespace, 'web', first);
    await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') === second);
    await kubectl('delete', 'configmap', `shop-${first}`);
    const snapshot = () => system().read(namespace, 'configmap', `shop-${first}`);
    await eventually(async () => (await snapshot()) !== undefined, { what: 'the Snapshot made again' });
    await kubectl('delete', 'pods', '--all');
    await runsOn(system(), namespace, 'web', first);
    expect(labelOf(await read(), 'held.confroll.dev/shop')).toBe(second);
    const told = await system().list(namespace, 'events');
    expect(told.map(({ reason }) => reason)).toContain('SnapshotRestored');
  });

  it('that only brings an older image back holds nothing', async () => {
    const { namespace, commit, second, read, kubectl } = await afterTwoCommits('Deployment');
    await kubectl('set', 'image', 'deployment/web', 'app=confroll.local/pause:2');
    await kubectl('rollout', 'undo', 'deployment/web');
    await stays(async () => expect(labelOf(await read(), 'held.confroll.dev/shop')).toBeUndefined(), 3);
    expect(pinOf(await read())).toBe(second);
    const third = await ready(system(), namespace, await commit('three'));
    await runsOn(system(), namespace, 'web', third);
  });

  it('ends when Git itself goes back to that content, and the next commit rolls', async () => {
    const { namespace, commit, first, read, kubectl } = await afterTwoCommits('Deployment');
    await kubectl('rollout', 'undo', 'deployment/web');
    await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') !== undefined);
    expect(await ready(system(), namespace, await commit('one'))).toBe(first);
    await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') === undefined, {
      what: 'the end of the hold',
    });
    const next = await ready(system(), namespace, await commit('five'));
    await runsOn(system(), namespace, 'web', next);
  });

  it('keeps Pin and hold through kubectl replace with a clean manifest', async () => {
    const { namespace, first, read, kubectl } = await afterTwoCommits('Deployment');
    await kubectl('rollout', 'undo', 'deployment/web');
    await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') !== undefined);
    const held = labelOf(await read(), 'held.confroll.dev/shop');
    const input = JSON.stringify(workload({ name: 'web', labels: optIn, image: 'confroll.local/pause:3' }));
    await system().kubectl(['-n', namespace, 'replace', '-f', '-'], { input });
    await runsOn(system(), namespace, 'web', first);
    expect(labelOf(await read(), 'held.confroll.dev/shop')).toBe(held);
    expect(labelOf(await read(), 'rolled.confroll.dev/shop')).toBe(first);
  });
});

describe('a hold by label', () => {
  it.each([
    ['the workload', (namespace: string) => ['-n', namespace, 'label', 'deployment/web']],
    ['the GitConfig', (namespace: string) => ['-n', namespace, 'label', 'gitconfig/shop']],
    ['the Namespace', (namespace: string) => ['label', `namespace/${namespace}`]],
  ])('on %s stops every move until it is taken away', async (_, target) => {
    const { namespace, commit, second, read } = await afterTwoCommits('Deployment');
    await system().kubectl([...target(namespace), 'confroll.dev/hold=incident-42', person]);
    const third = await published(system(), namespace, await commit('three'));
    await stays(async () => expect(pinOf(await read())).toBe(second), 3);
    await system().kubectl([...target(namespace), 'confroll.dev/hold-', person]);
    await runsOn(system(), namespace, 'web', third);
  });
});

async function nodes({ kubectl }: System): Promise<number> {
  return (await kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n').length;
}
