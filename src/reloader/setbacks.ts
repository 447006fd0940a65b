// Changes that were refused for a reason of their own: each is tried again with backoff, and at once when it is another.
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Blocked } from './plan-types.ts';

export type Setbacks = {
  /** Why the change must not be tried yet; undefined when it may. */
  get(uid: string, change: string): Blocked | undefined;
  note(namespace: string, uid: string, change: string, why: Blocked): void;
  clear(uid: string): void;
  /** Forgets what speaks of workloads that are gone; milliseconds until the next may be tried. */
  sweep(namespace: string, uids: ReadonlySet<string>): number | undefined;
};

type Setback = {
  readonly namespace: string;
  readonly change: string;
  readonly why: Blocked;
  readonly until: number;
  readonly backoff: Backoff;
};

const forgetMilliseconds = 60_000;
// Often it is a cache somewhere that is a moment behind; what a person must mend is worth a try each half minute.
const retry = { initialMilliseconds: 500, maxMilliseconds: 30_000 };

export function createSetbacks(clock: Clock): Setbacks {
  const setbacks = new Map<string, Setback>();
  return {
    get(uid, change) {
      const setback = setbacks.get(uid);
      return setback?.change === change && clock.monotonic() < setback.until ? setback.why : undefined;
    },
    note(namespace, uid, change, why) {
      const before = setbacks.get(uid);
      const backoff = before?.change === change ? before.backoff : createBackoff(retry, clock);
      setbacks.set(uid, { namespace, change, why, until: clock.monotonic() + backoff.next(), backoff });
    },
    clear: (uid) => void setbacks.delete(uid),
    sweep(namespace, uids) {
      let next: number | undefined;
      for (const [uid, setback] of setbacks) {
        if (setback.namespace !== namespace) continue;
        const wait = setback.until - clock.monotonic();
        if (!uids.has(uid) || wait < -forgetMilliseconds) setbacks.delete(uid);
        // What was due and was not tried again is not wanted any more; only its backoff is remembered for a while.
        else if (wait > 0) next = Math.min(next ?? Number.POSITIVE_INFINITY, wait);
      }
      return next;
    },
  };
}
