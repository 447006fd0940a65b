// Waits for what knows no signals.

/** Rejects with the signal's reason when that fires first; whoever does the work is to be stopped by other means. */
export async function unlessAborted<T>(wait: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return await Promise.race([wait, promise]).finally(() => signal.removeEventListener('abort', onAbort));
}
