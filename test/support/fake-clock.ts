// A clock that stands still until a test moves it. Timers fire in order of their time.
import type { Clock } from '../../src/lib/clock.ts';

export type FakeClock = Clock & {
  /**
   * Moves time on, firing what falls due on the way, also what is started by that. Work that waits for nothing but this
   * clock and promises has come as far as it can when it resolves.
   */
  advance(milliseconds: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /** How many sleeps wait. */
  sleeping(): number;
};

type Timer = { readonly at: number; readonly fire: () => void };

/** Starts at the given milliseconds since 1970; `random` gives the middle unless it is set. */
export function createFakeClock({
  start = Date.UTC(2026, 0, 1),
  random = () => 0.5,
}: {
  readonly start?: number;
  readonly random?: () => number;
} = {}): FakeClock {
  const timers = new Set<Timer>();
  let elapsed = 0;

  const settle = async (): Promise<void> => {
    // Each turn of the event loop runs all promises that are ready; a chain over a few turns is as long as it gets.
    for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    random,
    settle,
    sleeping: () => timers.size,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          timers.delete(timer);
          reject(signal.reason);
        };
        const timer: Timer = {
          at: elapsed + Math.max(0, milliseconds),
          fire: () => {
            timers.delete(timer);
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        timers.add(timer);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      await settle();
      for (let next = earliest(timers, until); next !== undefined; next = earliest(timers, until)) {
        elapsed = Math.max(elapsed, next.at);
        next.fire();
        await settle();
      }
      elapsed = until;
    },
  };
}

function earliest(timers: ReadonlySet<Timer>, until: number): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer;
  }
  return first;
}
