// At most so many at a time; the others wait in the order they came.

export type Turns = {
  /** Runs `work` when its turn has come. Rejects with the signal's reason when that fires while it waits. */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
};

export function createTurns(limit: number): Turns {
  let running = 0;
  const waiting = new Set<() => void>();

  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < limit) {
      running += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const leave = (): void => {
      waiting.delete(turn.resolve);
      turn.reject(signal.reason);
    };
    waiting.add(turn.resolve);
    signal.addEventListener('abort', leave, { once: true });
    // The turn is handed over: `running` stays as it is.
    await turn.promise.finally(() => signal.removeEventListener('abort', leave));
  };

  const exit = (): void => {
    const [next] = waiting;
    if (next === undefined) running -= 1;
    else {
      waiting.delete(next);
      next();
    }
  };

  return {
    async take(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
