// Waits for what must come true, and says what did not when the time is up.
import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `attempt` until it neither throws nor gives undefined or false. Rejects with the name of what did not come. */
export async function until<T>(
  what: string,
  options: { readonly signal: AbortSignal; readonly seconds: number; readonly everyMilliseconds?: number },
  attempt: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + options.seconds * 1000;
  let last: unknown;
  while (performance.now() < end) {
    options.signal.throwIfAborted();
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await delay(options.everyMilliseconds ?? 100, undefined, { signal: options.signal });
  }
  const detail = last instanceof Error ? `: ${last.message}` : '';
  throw new Error(`${what} did not come within ${options.seconds} s${detail}`, { cause: last });
}
