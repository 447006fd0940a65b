import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../src/sync/schedule.ts';

const winter = Date.UTC(2026, 0, 1);

/** The times after a time, as ISO without seconds. */
function times(schedule: string, timeZone: string, after: string, count: number): string[] {
  const parsed = parseSchedule(schedule, timeZone, winter);
  if (parsed.kind === 'failed') throw new Error(parsed.message);
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count; ) {
    at = parsed.schedule(at);
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

test('comes in its time zone', () => {
  expect(times('0 6 * * MON-FRI', 'Europe/Berlin', '2026-01-02T00:00Z', 2)).toEqual([
    '2026-01-02T05:00',
    '2026-01-05T05:00',
  ]);
  expect(times('0 6 * * *', 'UTC', '2026-07-01T06:00Z', 1)).toEqual(['2026-07-02T06:00']);
  expect(times('0 6 * * *', 'Asia/Kolkata', '2026-07-01T00:00Z', 1)).toEqual(['2026-07-01T00:30']);
});

test('numbers, names in either case, lists, ranges and steps', () => {
  expect(times('1-9/4,*/30 0 1,02 jan-Mar *', 'UTC', '2026-01-01T00:00Z', 4)).toEqual([
    '2026-01-01T00:01',
    '2026-01-01T00:05',
    '2026-01-01T00:09',
    '2026-01-01T00:30',
  ]);
  expect(times('0 6 * * mon-WED,6-7', 'UTC', '2026-01-01T00:00Z', 5).map((at) => at.slice(8, 10))).toEqual([
    '03',
    '04',
    '05',
    '06',
    '07',
  ]);
});

describe('where clocks go forward', () => {
  // Berlin, 29 March 2026: 02:00 is 03:00.
  test('a time that is left out comes at the end of the gap', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  test('what comes often goes on', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:20Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });
});

describe('where clocks go back', () => {
  // Berlin, 25 October 2026: 03:00 is 02:00.
  test('a time that comes twice counts once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  test('what comes often comes in both of the hours', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:50Z', 5)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ]);
  });
});

test.each<[string, string, RegExp]>([
  ['61 * * * *', 'UTC', /no cron schedule: write five fields/],
  ['@hourly', 'UTC', /no cron schedule/],
  ['* * * * * *', 'UTC', /no cron schedule/],
  ['0 6 ? * *', 'UTC', /no cron schedule/],
  ['a b c d e', 'UTC', /no cron schedule/],
  ['0 6 L * *', 'UTC', /of numbers, names, '\*', ',', '-' and '\/' alone/],
  ['0 6 LW * *', 'UTC', /no cron schedule/],
  ['0 6 15W * *', 'UTC', /no cron schedule/],
  ['0 6 * * 5L', 'UTC', /no cron schedule/],
  ['0 6 * * MON#1', 'UTC', /no cron schedule/],
  ['0 6 * * +MON', 'UTC', /no cron schedule/],
  ['0 6 * * MONDAY', 'UTC', /no cron schedule/],
  ['0 6 * * FRI-MON', 'UTC', /no cron schedule/],
  ['5/15 * * * *', 'UTC', /no cron schedule/],
  ['0 6 1,,2 * *', 'UTC', /no cron schedule/],
  ['0 0 30 2 *', 'UTC', /never comes/],
  ['0 6 * * *', 'Europe/Nowhere', /no time zone that is known/],
  ['0 6 * * *', '+01:00', /no time zone/],
])('%s in %s is refused in words', (schedule, timeZone, words) => {
  const refused = parseSchedule(schedule, timeZone, winter);
  expect(refused).toMatchObject({ kind: 'failed', class: 'person', reason: 'InvalidSchedule' });
  expect(refused.kind === 'failed' ? refused.message : '').toMatch(words);
});
