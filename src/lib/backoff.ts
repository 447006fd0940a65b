// Exponential backoff with jitter, as a value: each step returns how long to wait; `reset` after success.
import type { Clock } from './clock.ts';

export type BackoffOptions = { readonly initialMilliseconds: number; readonly maxMilliseconds: number };
export type Backoff = { next(): number; reset(): void };

/** Waits between 50 % and 100 % of initial * 2^n, capped, so that many clients do not come back in step. */
export function createBackoff(options: BackoffOptions, clock: Pick<Clock, 'random'>): Backoff {
  let attempt = 0;
  return {
    next() {
      const ceiling = Math.min(
        options.maxMilliseconds,
        options.initialMilliseconds * 2 ** Math.min(attempt, 30),
      );
      attempt += 1;
      return ceiling * (0.5 + clock.random() / 2);
    },
    reset() {
      attempt = 0;
    },
  };
}
