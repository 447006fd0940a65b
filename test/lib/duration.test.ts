import { expect, test } from 'vitest';
import { parseDuration } from '../../src/lib/duration.ts';

test.each([
  ['hours and minutes', '1h30m', 5_400_000],
  ['seconds', '45s', 45_000],
  ['milliseconds are not minutes', '500ms', 500],
  ['minutes and seconds', '5m30s', 330_000],
  ['zero', '0s', 0],
  ['no unit', '5', undefined],
  ['a fraction', '1.5h', undefined],
  ['a sign', '-1s', undefined],
  ['nothing', '', undefined],
  ['another unit', '1d', undefined],
  ['a space', '1m 1s', undefined],
])('%s', (_, text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
