// What GitConfigs say while the controller is short of something, and that they take it back, on a real API server.
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { conditionOf, useSync } from './harness.ts';

const world = useSync();
// The next leap day at noon: no look comes by itself.
const never = { interval: undefined, schedule: '0 12 29 2 *' };
const memory = { kind: 'memory', message: 'too much is held' } as const;

test('that something is short is told with the next look, and taken back at once, without one', async () => {
  const { git, strain, namespace, apply, published, condition, lookNow, read, writes } = world();
  const repository = git.repository('scarce');
  const commit = await repository.commit({ 'shop/a': '1' });
  const [ns, other] = [await namespace(), await namespace()];
  const options = { url: repository.url, path: 'shop' };
  for (const each of [ns, other]) {
    await apply(each, options, { spec: never });
    await published(each, commit);
  }
  const before = Date.now();
  strain.set(memory);
  await lookNow(ns);
  const short = await condition(ns, 'Throttled', 'MemoryPressure', /too much is held/);
  expect(conditionOf(await read(other), 'Throttled')).toBeUndefined();
  expect(await writes(other, before)).toEqual([]);

  const asked = git.requests();
  const shortly = Date.now();
  strain.set({ kind: 'none' });
  const calm = await eventually(
    async () => {
      const config = await read(ns);
      return conditionOf(config, 'Throttled') === undefined && config;
    },
    { what: 'the end of Throttled' },
  );
  expect(calm.status).toEqual({
    ...short.status,
    conditions: short.status?.conditions?.filter(({ type }) => type !== 'Throttled'),
  });
  expect(git.requests()).toBe(asked);
  expect(await writes(ns, shortly)).toHaveLength(1);
  expect(await writes(other, before)).toEqual([]);
});

test('a suspended GitConfig does not say it', async () => {
  const { git, strain, namespace, apply, published, condition, lookNow, read } = world();
  const repository = git.repository('scarce-and-suspended');
  const commit = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  const options = { url: repository.url, path: 'shop' };
  await apply(ns, options, { spec: never });
  await published(ns, commit);
  strain.set(memory);
  await lookNow(ns);
  await condition(ns, 'Throttled', 'MemoryPressure');
  await apply(ns, options, { spec: { ...never, suspend: true } });
  await eventually(async () => conditionOf(await read(ns), 'Throttled') === undefined, {
    what: 'the end of Throttled',
  });
  strain.set({ kind: 'none' });
});
