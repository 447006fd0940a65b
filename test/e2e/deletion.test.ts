// Deleting a GitConfig stops the syncing and takes nothing from what runs; nothing of ours keeps a namespace from going.
import { expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { pinOf, ready, revisionsOf, runsOn } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();
const optIn = { 'confroll.dev/config': 'shop' };

it('keeps running workloads, scale-ups and drains on their config, and goes on where it was', async () => {
  const namespace = await system().namespace();
  const kubectl = (...args: string[]) => system().kubectl(['-n', namespace, ...args]);
  const repository = system().git.repository('deletion');
  const commit = (text: string) => repository.commit({ 'envs/prod/shop/page.txt': `${text}\n` });
  await system().apply(namespace, gitConfig({ url: repository.url }));
  const hash = await ready(system(), namespace, await commit('one'));
  await system().apply(namespace, workload({ name: 'web', labels: optIn, replicas: 2 }));
  await runsOn(system(), namespace, 'web', hash, 2);

  await kubectl('delete', 'gitconfig', 'shop', '--cascade=foreground', '--wait=true', '--timeout=30s');
  await stays(async () => {
    expect((await system().list(namespace, 'configmaps', 'confroll.dev/config=shop')).length).toBe(1);
  }, 4);
  await kubectl('scale', 'deployment/web', '--replicas=4');
  await runsOn(system(), namespace, 'web', hash, 4);
  const [pod] = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n');
  await kubectl('delete', pod ?? '', '--wait=false');
  await runsOn(system(), namespace, 'web', hash, 4);

  await system().apply(namespace, gitConfig({ url: repository.url }));
  const again = await ready(system(), namespace, await repository.commit({ elsewhere: 'x' }));
  expect(again).toBe(hash);
  await stays(async () => expect(pinOf(await system().read(namespace, 'deployment', 'web'))).toBe(hash), 2);
  expect((await revisionsOf(system(), namespace, 'Deployment', 'web')).length).toBe(1);
  const next = await ready(system(), namespace, await commit('two'));
  await runsOn(system(), namespace, 'web', next, 4);

  await system().kubectl(['delete', 'namespace', namespace, '--wait=true', '--timeout=60s']);
  await eventually(async () => (await system().read('default', 'namespace', namespace)) === undefined);
});
