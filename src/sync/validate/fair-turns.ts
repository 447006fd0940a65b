// One at a time, and nobody keeps the others waiting for long: whoever has not had a turn for the longest time comes next,
// and those whose last one came to nothing wait for all others.

export type FairTurns = {
  /** `whose`: they share a place in the row. Rejects with the signal's reason when that fires while it waits. */
  take<T>(
    whose: string,
    work: () => Promise<T>,
    isVain: (outcome: T) => boolean,
    signal: AbortSignal,
  ): Promise<T>;
};

type Waiting = { readonly whose: string; readonly begin: () => void };

// Enough for the namespaces of a large cluster; one forgotten here counts as one that comes for the first time.
const maxRemembered = 10_000;

export function createFairTurns(): FairTurns {
  const waiting = new Set<Waiting>();
  /** By whom, in the order of their last turns. */
  const served = new Map<string, { readonly order: number; readonly wasVain: boolean }>();
  let isTaken = false;
  let order = 0;

  const next = (): Waiting | undefined =>
    [...waiting].toSorted((one, other) => rank(one.whose) - rank(other.whose))[0];

  // Who waits longer among equals comes first: the sort is stable and the set is in the order of arrival.
  const rank = (whose: string): number => {
    const last = served.get(whose);
    return last === undefined ? -1 : last.order + (last.wasVain ? Number.MAX_SAFE_INTEGER / 2 : 0);
  };

  const enter = async (whose: string, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (!isTaken) {
      isTaken = true;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const entry: Waiting = { whose, begin: turn.resolve };
    const leave = (): void => {
      if (waiting.delete(entry)) turn.reject(signal.reason);
    };
    waiting.add(entry);
    signal.addEventListener('abort', leave, { once: true });
    await turn.promise.finally(() => signal.removeEventListener('abort', leave));
  };

  const exit = (whose: string, wasVain: boolean): void => {
    order += 1;
    served.delete(whose);
    served.set(whose, { order, wasVain });
    const [oldest] = served.keys();
    if (served.size > maxRemembered && oldest !== undefined) served.delete(oldest);
    const following = next();
    isTaken = following !== undefined;
    if (following === undefined) return;
    waiting.delete(following);
    following.begin();
  };

  return {
    async take(whose, work, isVain, signal) {
      await enter(whose, signal);
      let wasVain = false;
      try {
        const outcome = await work();
        wasVain = isVain(outcome);
        return outcome;
      } finally {
        exit(whose, wasVain);
      }
    },
  };
}
