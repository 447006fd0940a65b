// The one clock. Nobody else calls Date.now, setTimeout or Math.random, so that tests can hold time in their hands.
import { setTimeout as delay } from 'node:timers/promises';

export type Clock = {
  /** Milliseconds since 1970, for what people and the API server read. */
  now(): number;
  /** Milliseconds that never jump, for deadlines. */
  monotonic(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1), for jitter. */
  random(): number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Node fires a timer above 2^31-1 ms at once, so longer waits end early and their caller looks again; it warns of
  // negative ones.
  sleep: async (milliseconds, signal) => {
    signal.throwIfAborted();
    await delay(Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)), undefined, { signal }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw error;
      },
    );
  },
  random: () => Math.random(),
};
