// A deadline for a server that does not run while the server has to wait for us.

export type PausableDeadline = Disposable & {
  readonly signal: AbortSignal;
  /** The time is up: the server was too slow, whatever else has fired. */
  readonly expired: () => boolean;
  /** Runs `wait` with the time standing still. */
  paused<T>(wait: () => Promise<T>): Promise<T>;
};

/** Fires with the caller's reason, or with a DOMException named TimeoutError. Dispose of it: it keeps a timer. */
export function pausableDeadline(signal: AbortSignal, milliseconds: number): PausableDeadline {
  const timeout = new AbortController();
  let left = milliseconds;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const start = (): void => {
    if (isOver) return;
    startedAt = performance.now();
    timer = setTimeout(() => {
      timeout.abort(new DOMException('the time is up', 'TimeoutError'));
    }, left);
  };
  const stop = (): void => {
    clearTimeout(timer);
    left = Math.max(0, left - (performance.now() - startedAt));
  };

  start();
  return {
    signal: AbortSignal.any([signal, timeout.signal]),
    expired: () => timeout.signal.aborted,
    async paused(wait) {
      stop();
      const value = await wait();
      start();
      return value;
    },
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
