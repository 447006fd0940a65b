// What is told of a slow fetch, on a clock that stands still.
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { FetchingStatus } from '../../src/api/gitconfig.ts';
import { watchFetch } from '../../src/sync/fetch-progress.ts';
import { createSyncMetrics } from '../../src/sync/metrics.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene() {
  const clock = createFakeClock();
  const registry = new Registry();
  const metrics = createSyncMetrics(registry, () => undefined);
  const told: FetchingStatus[] = [];
  const watched = watchFetch({
    clock,
    metrics,
    revision: 'main@sha1:abc',
    onSlow: async (fetching) => void told.push(fetching),
  });
  const gauge = async (name: string): Promise<number | undefined> =>
    (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
  return { clock, told, watched, gauge };
}

test('is told after two seconds and then every ten, until the end', async () => {
  const { clock, told, watched, gauge } = scene();
  watched.begin();
  watched.progress({ bytes: 10, objects: undefined });
  await clock.advance(1_900);
  expect(told).toEqual([]);
  expect(await gauge('confroll_git_fetches_in_progress')).toBe(1);
  await clock.advance(200);
  const begun = { revision: 'main@sha1:abc', since: '2026-01-01T00:00:00Z' };
  expect(told).toEqual([{ ...begun, bytes: 10 }]);
  watched.progress({ bytes: 20, objects: 3 });
  await clock.advance(9_800);
  expect(told).toHaveLength(1);
  expect(await gauge('confroll_git_fetches_in_progress_bytes')).toBe(20);
  expect(await gauge('confroll_git_fetches_in_progress_objects')).toBe(3);
  await clock.advance(200);
  expect(told[1]).toEqual({ ...begun, bytes: 20, objects: 3 });
  await watched.end();
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
  expect(await gauge('confroll_git_fetches_in_progress')).toBe(0);
  expect(clock.sleeping()).toBe(0);
});

test('one that waits for its turn is told of, and not measured', async () => {
  const { clock, told, watched, gauge } = scene();
  await clock.advance(2_100);
  expect(told).toEqual([{ revision: 'main@sha1:abc', since: '2026-01-01T00:00:00Z', bytes: 0 }]);
  expect(await gauge('confroll_git_fetches_in_progress')).toBe(0);
  await watched.end();
  expect(clock.sleeping()).toBe(0);
});
