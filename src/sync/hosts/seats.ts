// Who may ask one host now: so many at a time and so many begun a second, in the order they came. Who hears nothing from
// the host holds its seat for a moment only, so that requests that hang delay nobody.
import type { Clock } from '../../lib/clock.ts';
import { createRate } from './rate.ts';

export type Seats = {
  /** Rejects with the signal's reason when that fires first. */
  take(signal: AbortSignal): Promise<Seat>;
  waiting(): number;
};

export type Seat = {
  /** Something came from the host. */
  heard(): void;
  /** It waits for something else than the host, until it hears from it again. */
  pause(): void;
  giveBack(): void;
};

export type SeatLimits = {
  readonly atATime: number;
  readonly silentMilliseconds: number;
  /** With those that are silent. */
  readonly inAll: number;
  readonly perSecond: number;
  readonly burst: number;
};

export const defaultSeatLimits: SeatLimits = {
  // An answer of a healthy host takes 20 to 200 ms, so that these are enough for 80 looks a second; 1 000 repositories
  // with an interval of one minute are 17 to 19. More at a time would only be felt by a host that has just come back.
  atATime: 16,
  silentMilliseconds: 2_000,
  // Each is a socket with its buffers, about 50 KB: 10 MB. Silent ones end within half a minute by their own deadlines,
  // so a host with more than this many of them is sick as a whole.
  inAll: 200,
  // Three times what 1 000 repositories need, so that their first looks are over within 20 s and a push finds room.
  perSecond: 50,
  burst: 50,
};

type Held = { quietSince: number };

export function createSeats(clock: Clock, limits: SeatLimits = defaultSeatLimits): Seats {
  const held = new Set<Held>();
  const waiting = new Set<() => void>();
  const rate = createRate(limits);
  let alarm: AbortController | undefined;

  /** Milliseconds until the next may begin; 0 for now, infinite when only somebody's end can bring it. */
  const wait = (): number => {
    const now = clock.monotonic();
    if (held.size >= limits.inAll) return Number.POSITIVE_INFINITY;
    const ends = [...held]
      .map(({ quietSince }) => quietSince + limits.silentMilliseconds - now)
      .filter((left) => left > 0)
      .toSorted((a, b) => a - b);
    const untilSeat = ends.length < limits.atATime ? 0 : (ends[ends.length - limits.atATime] ?? 0);
    return Math.max(untilSeat, rate.wait(now));
  };

  const admit = (): void => {
    alarm?.abort();
    alarm = undefined;
    for (const next of waiting) {
      const milliseconds = wait();
      if (milliseconds > 0) {
        if (Number.isFinite(milliseconds)) wakeAfter(milliseconds);
        return;
      }
      waiting.delete(next);
      next();
    }
  };

  const wakeAfter = (milliseconds: number): void => {
    alarm = new AbortController();
    clock.sleep(milliseconds, alarm.signal).then(admit, () => {}); // set anew, or nobody waits
  };

  const sit = (): Seat => {
    const now = clock.monotonic();
    const seat: Held = { quietSince: now };
    rate.take(now);
    held.add(seat);
    return {
      heard() {
        seat.quietSince = clock.monotonic();
      },
      pause() {
        seat.quietSince = Number.NEGATIVE_INFINITY;
        admit();
      },
      giveBack() {
        if (held.delete(seat)) admit();
      },
    };
  };

  return {
    waiting: () => waiting.size,
    async take(signal) {
      signal.throwIfAborted();
      const turn = Promise.withResolvers<Seat>();
      const next = (): void => turn.resolve(sit());
      const leave = (): void => {
        if (waiting.delete(next)) turn.reject(signal.reason);
        admit();
      };
      waiting.add(next);
      signal.addEventListener('abort', leave, { once: true });
      admit();
      return await turn.promise.finally(() => signal.removeEventListener('abort', leave));
    },
  };
}
