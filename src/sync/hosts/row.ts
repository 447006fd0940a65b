// Failures of a host in a row, and whether they speak of the host or of a repository: the rule by which its circuit
// opens. Times are those of the monotonic clock.
import type { SourceFailure } from '../source.ts';

/** Stands for one repository with one credential. */
export type Member = symbol;

export type Row = {
  join(member: Member, now: number): void;
  leave(member: Member): void;
  up(member: Member, now: number): void;
  /** True when the host is to be taken for down. */
  down(member: Member, failure: SourceFailure, now: number): boolean;
  unknown(member: Member, now: number): void;
  /** Of the failures in a row up to now. */
  readonly failures: number;
  readonly repositories: number;
  readonly since: number;
  readonly reason: SourceFailure['reason'] | undefined;
};

// A Remote tries again after 1, 2, 4 and 8 s: a server that is started anew within that time is not called down.
const failuresInARow = 5;
// Who was not heard of for so long is no witness that the host is well: it has a long interval, or looks by a schedule.
const activeMilliseconds = 600_000;

/**
 * Some hosts keep repositories in several places, and one place fails alone. Repositories that fail come back often and
 * healthy ones only each interval, so that failures in a row say little: they count once half of the host's repositories
 * that were lately heard of, and not of one only while there are others, have failed without any answer between.
 */
export function createRow(): Row {
  const heardAt = new Map<Member, number>();
  const failed = new Set<Member>();
  let failures = 0;
  let since = 0;
  let reason: SourceFailure['reason'] | undefined;

  const isTheHost = (now: number): boolean => {
    const active = [...heardAt.values()].filter((at) => now - at < activeMilliseconds).length;
    const witnesses = heardAt.size === 1 ? 1 : Math.max(2, Math.ceil(active / 2));
    return failures >= failuresInARow && failed.size >= witnesses;
  };

  const hear = (member: Member, now: number): void => {
    // An answer may come after its repository has left.
    if (heardAt.has(member)) heardAt.set(member, now);
  };

  return {
    // It is about to look: as good as heard of.
    join: (member, now) => heardAt.set(member, now),
    leave(member) {
      heardAt.delete(member);
      failed.delete(member);
    },
    up(member, now) {
      hear(member, now);
      failed.clear();
      failures = 0;
      reason = undefined;
    },
    down(member, failure, now) {
      hear(member, now);
      if (failures === 0) since = now;
      failures += 1;
      if (heardAt.has(member)) failed.add(member);
      reason = failure.reason;
      return isTheHost(now);
    },
    unknown: hear,
    get failures() {
      return failures;
    },
    get repositories() {
      return failed.size;
    },
    get since() {
      return since;
    },
    get reason() {
      return reason;
    },
  };
}
