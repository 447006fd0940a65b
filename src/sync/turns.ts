// At most so many at a time; the others wait in the order they came.

export type Turns = {
  /** Runs `work` when its turn has come. Rejects with the signal's reason when that fires while it waits. */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** For work that needs its turn only from some point on, or not at all. */
  ticket(): Ticket;
  /** The limit has grown: who waits may have a turn now. */
  wake(): void;
  /** How many wait. */
  waiting(): number;
};

/** Waits until something may begin. Rejects with the signal's reason when that fires first. */
export type Admit = (signal: AbortSignal) => Promise<void>;

export type Ticket = {
  /** Again, once the turn has come, it is free at once. */
  readonly take: Admit;
  /** No turn comes of this ticket any more. */
  giveBack(): void;
};

/** A limit that changes is asked for anew at each turn; a lower one takes no turn away. It is at least 1. */
export function createTurns(limit: number | (() => number)): Turns {
  const waiting = new Set<() => void>();
  let running = 0;
  const isFree = (): boolean => running < Math.max(1, typeof limit === 'number' ? limit : limit());

  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    // Those who wait came first.
    if (waiting.size === 0 && isFree()) {
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
    wake();
    await turn.promise.finally(() => signal.removeEventListener('abort', leave));
  };

  const wake = (): void => {
    for (const next of waiting) {
      if (!isFree()) return;
      waiting.delete(next);
      running += 1;
      next();
    }
  };

  const exit = (): void => {
    running -= 1;
    wake();
  };

  const ticket = (): Ticket => {
    let isOver = false;
    let turn: Promise<void> | undefined;
    let holds = false;
    const wait = async (signal: AbortSignal): Promise<void> => {
      await enter(signal);
      holds = !isOver;
      if (isOver) exit();
    };
    return {
      async take(signal) {
        if (isOver) throw new RangeError('this ticket was given back');
        turn ??= wait(signal).catch((error: unknown) => {
          turn = undefined;
          throw error;
        });
        await turn;
      },
      giveBack() {
        isOver = true;
        if (holds) exit();
        holds = false;
      },
    };
  };

  return {
    ticket,
    wake,
    waiting: () => waiting.size,
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
