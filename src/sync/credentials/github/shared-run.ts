// Work that many want at the same time and that is done once: who comes while it runs waits for the same result.

export type SharedRun<T> = {
  /** Rejects as the work does, or with the signal's reason; the others go on waiting. */
  join(signal: AbortSignal): Promise<T>;
  isIdle(): boolean;
};

type Running<T> = { readonly result: Promise<T>; readonly stop: AbortController; waiting: number };

/** The signal of `work` fires when nobody waits for it any more. */
export function createSharedRun<T>(work: (signal: AbortSignal) => Promise<T>): SharedRun<T> {
  let running: Running<T> | undefined;

  const begin = (): Running<T> => {
    const stop = new AbortController();
    const result = work(stop.signal).finally(() => {
      if (running === begun) running = undefined;
    });
    const begun = { result, stop, waiting: 0 };
    result.catch(() => {}); // told to those who wait; there may be none left
    return begun;
  };

  return {
    async join(signal) {
      signal.throwIfAborted();
      if (running === undefined || running.stop.signal.aborted) running = begin();
      const joined = running;
      joined.waiting += 1;
      const { promise: left, reject } = Promise.withResolvers<never>();
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([joined.result, left]);
      } finally {
        signal.removeEventListener('abort', leave);
        joined.waiting -= 1;
        if (joined.waiting === 0) joined.stop.abort(new DOMException('nobody waits for it', 'AbortError'));
      }
    },
    isIdle: () => running === undefined,
  };
}
