// Work that is given up when the time is up, or when its caller gives up before.
import type { Clock } from './clock.ts';

/**
 * Runs `work` under a signal that fires when the caller's does or when the time of `clock` is up; then its reason is
 * `timeoutReason()`. Leaves no timer and no listener behind, so it suits calls that are made by the thousand.
 */
export async function runWithDeadline<T>(
  options: {
    readonly clock: Pick<Clock, 'sleep'>;
    readonly signal: AbortSignal;
    readonly milliseconds: number;
    readonly timeoutReason: () => unknown;
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, signal } = options;
  signal.throwIfAborted();
  const inner = new AbortController();
  const finished = new AbortController();
  const forward = (): void => inner.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  clock.sleep(options.milliseconds, finished.signal).then(
    () => inner.abort(options.timeoutReason()),
    () => {}, // the work has ended before
  );
  try {
    return await work(inner.signal);
  } finally {
    signal.removeEventListener('abort', forward);
    finished.abort();
  }
}
