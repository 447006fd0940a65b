// How often a GitConfig wants its repository to be looked at: each interval, at the times of a schedule, or whichever
// of the two comes first.
import { defaultInterval, type GitConfigSpec } from '../api/gitconfig.ts';
import { parseDuration } from '../lib/duration.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import type { SourceFailure } from './source.ts';

export type Cadence = {
  /** Undefined: looks come at the times of the schedule alone. */
  readonly intervalMilliseconds: number | undefined;
  readonly schedule: Schedule | undefined;
};

// What waits for something else than its next regular look, with a schedule alone: as long as without any wish.
const withoutInterval = 60_000;

/** `now` in milliseconds since 1970. */
export function cadenceOf(
  spec: GitConfigSpec,
  now: number,
): { readonly kind: 'ok'; readonly cadence: Cadence } | SourceFailure {
  if (spec.schedule === undefined) {
    const cadence = { intervalMilliseconds: longestRetry(spec), schedule: undefined };
    return { kind: 'ok', cadence };
  }
  const parsed = parseSchedule(spec.schedule, spec.timeZone ?? 'UTC', now);
  if (parsed.kind === 'failed') return parsed;
  const intervalMilliseconds = spec.interval === undefined ? undefined : longestRetry(spec);
  return { kind: 'ok', cadence: { intervalMilliseconds, schedule: parsed.schedule } };
}

/** Milliseconds. What failed is tried again at least so often. */
export function longestRetry({ interval }: Pick<GitConfigSpec, 'interval'>): number {
  // The API server has checked the value; an object from before that check gets the default.
  return parseDuration(interval ?? defaultInterval) ?? withoutInterval;
}

/** Milliseconds, of a cadence. */
export function longestWait({ intervalMilliseconds }: Cadence): number {
  return intervalMilliseconds ?? withoutInterval;
}
