import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';

const open = new AbortController().signal;

test('a sleep ends by itself, also one of zero or less', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(20, open);
  await systemClock.sleep(0, open);
  await systemClock.sleep(-5, open);
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(18);
});

test('a sleep rejects with the reason of its signal, fired before or during it', async () => {
  const reason = new Error('enough');
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const later = new AbortController();
  const sleeping = systemClock.sleep(60_000, later.signal);
  later.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test('a sleep longer than a timer can be does not end at once', async () => {
  const stop = new AbortController();
  let ended = false;
  const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(
    () => {
      ended = true;
    },
    () => {},
  );
  await systemClock.sleep(30, open);
  expect(ended).toBe(false);
  stop.abort();
  await sleeping;
});
