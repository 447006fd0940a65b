// The times at which a GitConfig with a `schedule` looks at Git: cron with five fields in a time zone, as a CronJob has
// it. Where clocks go forward, a time that is left out comes at the end of the gap; where they go back, a time that
// comes twice counts once, at the first.
import { Cron } from 'croner';
import { schedulePattern } from '../api/schedule-pattern.ts';
import type { SourceFailure } from './source.ts';

/** The first time after the given one, both in milliseconds since 1970; infinite when there is none any more. */
export type Schedule = (after: number) => number;

/** `now` in milliseconds since 1970: a schedule that never comes from there on is refused. */
export function parseSchedule(
  schedule: string,
  timeZone: string,
  now: number,
): { readonly kind: 'ok'; readonly schedule: Schedule } | SourceFailure {
  if (!isTimeZone(timeZone)) {
    return invalid(
      'spec.timeZone is no time zone that is known here: write a name of the IANA database, such as Europe/Berlin',
    );
  }
  const cron = fiveFields.test(schedule) ? readCron(schedule, timeZone) : undefined;
  if (cron === undefined) {
    return invalid(
      "spec.schedule is no cron schedule: write five fields (minute, hour, day of the month, month, day of the week), such as '0 6 * * MON-FRI', of numbers, names, '*', ',', '-' and '/' alone",
    );
  }
  const next: Schedule = (after) => cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
  if (next(now) === Number.POSITIVE_INFINITY) {
    return invalid('spec.schedule names a time that never comes: correct the day or the month');
  }
  return { kind: 'ok', schedule: next };
}

const fiveFields = new RegExp(schedulePattern);

function readCron(schedule: string, timezone: string): Cron | undefined {
  try {
    return new Cron(schedule, { mode: '5-part', timezone, paused: true });
  } catch {
    return undefined;
  }
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'InvalidSchedule', message };
}
