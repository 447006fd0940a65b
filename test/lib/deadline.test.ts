import { expect, test } from 'vitest';
import { runWithDeadline } from '../../src/lib/deadline.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const timeoutReason = () => new Error('time is up');

/** Waits for its signal only. */
const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('runWithDeadline ends the work at the time of its clock and not before', async () => {
  const clock = createFakeClock();
  const { signal } = new AbortController();
  const run = runWithDeadline({ clock, signal, milliseconds: 1_000, timeoutReason }, forever);
  const outcome = run.catch((error: unknown) => error);
  await clock.advance(999);
  expect(clock.sleeping()).toBe(1);
  await clock.advance(1);
  expect(await outcome).toEqual(new Error('time is up'));
});

test('runWithDeadline passes the reason of the caller on, also one that has fired already', async () => {
  const clock = createFakeClock();
  const reason = new Error('caller');
  const caller = new AbortController();
  const options = { clock, signal: caller.signal, milliseconds: 1_000, timeoutReason };
  const outcome = runWithDeadline(options, forever).catch((error: unknown) => error);
  caller.abort(reason);
  expect(await outcome).toBe(reason);
  await expect(runWithDeadline(options, async () => 'never run')).rejects.toBe(reason);
});

test('runWithDeadline leaves no timer behind', async () => {
  const clock = createFakeClock();
  const { signal } = new AbortController();
  expect(await runWithDeadline({ clock, signal, milliseconds: 1_000, timeoutReason }, async () => 7)).toBe(7);
  expect(clock.sleeping()).toBe(0);
});
