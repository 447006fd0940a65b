// A queue of keys for level-triggered reconcilers: a key stands in it once however often it is added, and never runs
// twice at the same time. What changed while it ran makes it run once more.
import { type Backoff, createBackoff } from './backoff.ts';
import type { Clock } from './clock.ts';

export type KeyedQueue = {
  /** Runs `key` soon. */
  add(key: string): void;
  /** Runs `key` after the delay, unless it is added for an earlier time. */
  addAfter(key: string, milliseconds: number): void;
  /** Works until the signal fires and every started run has ended. */
  run(signal: AbortSignal): Promise<void>;
  size(): number;
};

export type KeyedQueueOptions = {
  readonly clock: Clock;
  readonly workers: number;
  /** A thrown error is reported and the key runs again after a backoff; success forgets the backoff. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<void>;
  readonly onError: (key: string, error: unknown) => void;
  /** Waits this long before a run, so that a burst of events is one run. Default 0. */
  readonly settleMilliseconds?: number;
};

// A failing key is tried again soon at first, for conflicts, and never less often than each 30 s, so that recovery is seen.
const retry = { initialMilliseconds: 200, maxMilliseconds: 30_000 };

export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const { clock } = options;
  const due = new Map<string, number>();
  const running = new Set<string>();
  const backoffs = new Map<string, Backoff>();
  let wake = (): void => {};

  const addAfter = (key: string, milliseconds: number): void => {
    const at = clock.monotonic() + milliseconds;
    const known = due.get(key);
    if (known === undefined || at < known) due.set(key, at);
    wake();
  };

  const work = async (key: string, signal: AbortSignal): Promise<void> => {
    try {
      await options.reconcile(key, signal);
      backoffs.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      options.onError(key, error);
      const backoff = backoffs.get(key) ?? createBackoff(retry, clock);
      backoffs.set(key, backoff);
      addAfter(key, backoff.next());
    } finally {
      running.delete(key);
      wake();
    }
  };

  const startWhatIsDue = (signal: AbortSignal, started: Set<Promise<void>>): void => {
    const now = clock.monotonic();
    for (const [key, at] of due) {
      if (running.size >= options.workers) return;
      if (at > now || running.has(key)) continue;
      due.delete(key);
      running.add(key);
      const run = work(key, signal).finally(() => started.delete(run));
      started.add(run);
    }
  };

  return {
    add: (key) => addAfter(key, options.settleMilliseconds ?? 0),
    addAfter,
    size: () => due.size + running.size,
    async run(signal) {
      const started = new Set<Promise<void>>();
      const onAbort = (): void => wake();
      signal.addEventListener('abort', onAbort, { once: true });
      while (!signal.aborted) {
        startWhatIsDue(signal, started);
        await waitForNext();
      }
      signal.removeEventListener('abort', onAbort);
      await Promise.allSettled(started);
    },
  };

  /** Until something may be due, or until `wake` is called: for a new key, a free worker, the end. */
  async function waitForNext(): Promise<void> {
    const woken = new AbortController();
    wake = () => woken.abort();
    const wait = Math.max(0, earliest() - clock.monotonic());
    await clock.sleep(wait, woken.signal).catch(() => {});
  }

  function earliest(): number {
    // Without anything to start it sleeps until woken; the hour is only an upper bound for one wait.
    let at = clock.monotonic() + 3_600_000;
    if (running.size >= options.workers) return at;
    for (const [key, time] of due) if (time < at && !running.has(key)) at = time;
    return at;
  }
}
