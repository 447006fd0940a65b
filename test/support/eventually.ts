// Waiting for what must come true, with a generous deadline: tests assert what happens, never how fast.
import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `attempt` until it neither throws nor gives undefined or false; then gives its value. Fails with its last words. */
export async function eventually<T>(
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  { seconds = 30, what = 'the expected state' }: { seconds?: number; what?: string } = {},
): Promise<T> {
  const until = performance.now() + seconds * 1000;
  let last: unknown;
  do {
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(50);
  } while (performance.now() < until);
  const detail = last instanceof Error ? `: ${last.message}` : '';
  throw new Error(`${what} did not come within ${seconds} s${detail}`, { cause: last });
}

/** Watches for a while that something stays true. */
export async function stays(holds: () => Promise<void> | void, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000;
  do {
    await holds();
    await delay(200);
  } while (performance.now() < until);
}
