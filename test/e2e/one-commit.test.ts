// One commit is one rollout per workload; a commit elsewhere and a quiet world are no write at all.

import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { confrollWrites } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { polled, ready, revisionsOf, runsOn } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();
const optIn = { 'confroll.dev/config': 'shop' };

it('rolls once for five files, not at all for a commit elsewhere, and is quiet when nothing happens', async () => {
  const namespace = await system().namespace();
  const repository = system().git.repository('one-commit');
  const files = (text: string) =>
    Object.fromEntries(
      ['a', 'b', 'c', 'd', 'sub/e'].map((name) => [`envs/prod/shop/${name}.yaml`, `${name}: ${text}\n`]),
    );
  const first = await repository.commit(files('one'));
  await system().apply(namespace, gitConfig({ url: repository.url }));
  await ready(system(), namespace, first);
  const names = ['web', 'worker', 'jobs'];
  await system().apply(namespace, ...names.map((name) => workload({ name, labels: optIn, replicas: 2 })));

  const second = await repository.commit(files('two'));
  const hash = await ready(system(), namespace, second);
  for (const name of names) await runsOn(system(), namespace, name, hash, 2);
  for (const name of names) {
    expect((await revisionsOf(system(), namespace, 'Deployment', name)).length).toBe(2);
  }

  // Events of the rollout may still be on their way.
  await eventually(async () => confrollWrites(await system().audited(Date.now() - 3_000)).length === 0);
  const beforeElsewhere = Date.now();
  const elsewhere = await repository.commit({ 'docs/readme.md': 'nothing that a Pod sees\n' });
  expect(await polled(system(), namespace, elsewhere)).toBe(hash);
  await delay(2_000);
  const writes = confrollWrites(await system().audited(beforeElsewhere));
  expect(writes.map(({ resource, subresource }) => `${resource}/${subresource}`)).toEqual([
    'gitconfigs/status',
  ]);

  const beforeQuiet = Date.now();
  await delay(60_000);
  expect(confrollWrites(await system().audited(beforeQuiet))).toEqual([]);
}, 180_000);
