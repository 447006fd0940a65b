import { expect, test } from 'vitest';
import type { GitConfigSpec } from '../../src/api/gitconfig.ts';
import { cadenceOf, longestRetry, longestWait } from '../../src/sync/cadence.ts';

const spec: GitConfigSpec = {
  source: { url: 'https://git.example.com/x', ref: { branch: 'main' } },
  mountPath: '/etc/shop',
};

test.each<[string, Partial<GitConfigSpec>, number | undefined, boolean, number]>([
  ['nothing', {}, 60_000, false, 60_000],
  ['an interval', { interval: '1h30m' }, 5_400_000, false, 5_400_000],
  ['an interval that is none', { interval: 'often' }, 60_000, false, 60_000],
  ['a schedule', { schedule: '0 6 * * *' }, undefined, true, 60_000],
  ['both', { schedule: '0 6 * * *', interval: '5m' }, 300_000, true, 300_000],
])('with %s', (_, more, interval, scheduled, retry) => {
  const wished = cadenceOf({ ...spec, ...more }, 0);
  if (wished.kind === 'failed') throw new Error(wished.message);
  expect(wished.cadence.intervalMilliseconds).toBe(interval);
  expect(wished.cadence.schedule !== undefined).toBe(scheduled);
  expect([longestRetry(more), longestWait(wished.cadence)]).toEqual([retry, retry]);
});

test('with a schedule that is none', () => {
  expect(cadenceOf({ ...spec, schedule: 'often' }, 0)).toMatchObject({ reason: 'InvalidSchedule' });
});
