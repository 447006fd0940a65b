// Turns of reads: who waits for its server lends its turn to the next one, so that no server that is silent or slow
// keeps another repository from being read.
//
// A turn is for memory. Work on what has come, which takes several times its size, is done by as many as there are turns
// and never waits for a server. Receiving holds what was received and no more: it needs no turn while all who have lent
// theirs hold little together. Beyond that the one that holds most is given up, so that the fewest are, and nobody who
// holds little. No rate is asked for: a server that sends a little all the time lends its turn as a silent one does, and
// a slow one that is well goes on beside the others.
import type { Clock } from '../lib/clock.ts';
import type { Admit, Ticket, Turns } from './turns.ts';

export type LendableTurn = {
  /** For work: it is not lent before `waits`. Who has lent it waits for one again. */
  readonly take: Admit;
  /** The server is waited for, with so many bytes in memory. Of no meaning before the first turn has come. */
  waits(bytes: number): void;
  /** It holds more than can be kept beside the others while it waits. */
  readonly givenUp: AbortSignal;
  /** It waits for no server any more: it is neither lent nor given up. */
  settle(): void;
  giveBack(): void;
};

export type LendingLimits = {
  /** So long a turn waits for its server, in all since it was taken, before it is lent. */
  readonly waitMilliseconds: number;
  /** What all who have lent their turn may hold together. */
  readonly lentBytes: number;
};

export const defaultLendingLimits: LendingLimits = {
  // Twenty times what most reads take, and as long as a silent request keeps its seat at its host.
  waitMilliseconds: 2_000,
  // One more answer of the largest size, whoever has sent how much of it: memory is that of one more turn at the most.
  lentBytes: 64 * 1024 * 1024,
};

type Holder = {
  turn: Ticket;
  hasLent: boolean;
  state: 'works' | 'waits' | 'givenUp';
  /** It waits, first of all since its turn came. */
  since: number;
  bytes: number;
  readonly stop: AbortController;
};

/** One read's turn. Ask for another one for each. */
export function createLendableTurns(
  turns: Turns,
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  limits: LendingLimits = defaultLendingLimits,
): () => LendableTurn {
  const holders = new Set<Holder>();
  let alarm: AbortController | undefined;

  const lend = (): void => {
    alarm?.abort();
    alarm = undefined;
    for (const holder of holders) {
      if (turns.waiting() === 0) break;
      if (holder.state !== 'waits' || holder.hasLent) continue;
      if (clock.monotonic() - holder.since < limits.waitMilliseconds) continue;
      holder.hasLent = true;
      holder.turn.giveBack();
    }
    keepWithinBytes();
    if (turns.waiting() > 0) wakeForNext();
  };

  const calm = (): void => {
    if (turns.waiting() === 0) alarm?.abort();
  };

  const wakeForNext = (): void => {
    const next = [...holders].filter(({ state, hasLent }) => state === 'waits' && !hasLent);
    if (next.length === 0) return;
    const since = Math.min(...next.map((each) => each.since));
    const milliseconds = since + limits.waitMilliseconds - clock.monotonic();
    alarm = new AbortController();
    clock.sleep(milliseconds, alarm.signal).then(lend, () => {}); // set anew, or nobody waits
  };

  const keepWithinBytes = (): void => {
    const lent = [...holders].filter(({ hasLent, state }) => hasLent && state !== 'givenUp');
    let bytes = lent.reduce((sum, each) => sum + each.bytes, 0);
    // Who works or is about to has all that it wanted, and holds no more by and by.
    const waiting = lent.filter(({ state }) => state === 'waits').toSorted((a, b) => b.bytes - a.bytes);
    for (const most of waiting) {
      if (bytes <= limits.lentBytes) return;
      bytes -= most.bytes;
      most.state = 'givenUp';
      most.stop.abort(new Error('given up for others'));
    }
  };

  return () => {
    const stop = new AbortController();
    const turn = turns.ticket();
    const holder: Holder = { turn, hasLent: false, state: 'works', since: 0, bytes: 0, stop };
    const settle = (): void => {
      if (holder.state === 'waits') holder.state = 'works';
    };
    return {
      givenUp: stop.signal,
      settle,
      async take(signal) {
        settle();
        if (holder.hasLent) holder.turn = turns.ticket();
        const taking = holder.turn.take(signal);
        lend();
        await taking.finally(calm);
        holder.hasLent = false;
        holders.add(holder);
      },
      waits(bytes) {
        holder.bytes = bytes;
        if (!holders.has(holder)) return;
        if (holder.hasLent) keepWithinBytes();
        if (holder.state !== 'works') return;
        holder.state = 'waits';
        holder.since = clock.monotonic();
        lend();
      },
      giveBack() {
        holders.delete(holder);
        holder.turn.giveBack();
        calm();
      },
    };
  };
}
