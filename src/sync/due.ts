// PURE: when a follower of a repository should look at it again. Times are those of the monotonic clock, save where
// they are called wall times: milliseconds since 1970.
import { type Cadence, longestWait } from './cadence.ts';

export type DueOptions = {
  readonly cadence: Cadence;
  /** When the last look began. */
  readonly last: { readonly startedAt: number; readonly wall: number };
  readonly now: { readonly monotonic: number; readonly wall: number };
  /** 0 to 1, another one after each look. */
  readonly spread: number;
  /** Makes a regular wait longer while the process is short of something. */
  readonly stretch: (milliseconds: number) => number;
  /** What the follower wants could not be had. */
  readonly isFailed: boolean;
};

// Looks come up to a tenth of an interval early, so that repositories of equal interval do not keep in step. The times
// of a schedule are kept as they are written: a person has chosen them.
const jitter = 0.1;

export function regularlyDue({ cadence, last, now, spread, stretch, isFailed }: DueOptions): number {
  const { intervalMilliseconds, schedule } = cadence;
  const byInterval =
    intervalMilliseconds === undefined
      ? Number.POSITIVE_INFINITY
      : last.startedAt + stretch(intervalMilliseconds * (1 - jitter * spread));
  // By today's wall clock, which may have been set since the last look.
  const bySchedule =
    schedule === undefined ? Number.POSITIVE_INFINITY : now.monotonic + schedule(last.wall) - now.wall;
  const byFailure = isFailed ? last.startedAt + stretch(longestWait(cadence)) : Number.POSITIVE_INFINITY;
  return Math.min(byInterval, bySchedule, byFailure);
}

/** The longest wait after a failure that all these allow. */
export function shortestOf(cadences: readonly Cadence[]): number {
  return Math.min(...cadences.map(longestWait));
}
