// What a host has asked of one credential: not to come back before a certain time (Retry-After). All repositories that
// show it the same credential keep to that, since it is the credential that hosts count by.
import type { Clock } from '../../lib/clock.ts';
import type { Folder, Resolved, SourceFailure } from '../source.ts';
import type { Member } from './row.ts';

export type Quiet = {
  heed(credentialKey: string, member: Member, answer: Resolved | Folder): void;
  of(credentialKey: string): Asked | undefined;
};

export type Asked = {
  /** Of the monotonic clock. */
  readonly until: number;
  /** The same, in milliseconds since 1970, as it was when the host said so. */
  readonly wall: number;
  /** Who was told so, and how. */
  readonly member: Member;
  readonly failure: SourceFailure;
};

export function createQuiet(clock: Clock): Quiet {
  const asked = new Map<string, Asked>();
  return {
    heed(credentialKey, member, answer) {
      if (answer.kind !== 'failed' || answer.retryAfterMilliseconds === undefined) return;
      const now = clock.monotonic();
      const until = now + answer.retryAfterMilliseconds;
      // Several may be told at the same time; the longest wait counts.
      if (until <= (asked.get(credentialKey)?.until ?? now)) return;
      const wall = clock.now() + answer.retryAfterMilliseconds;
      asked.set(credentialKey, { until, wall, member, failure: answer });
    },
    of(credentialKey) {
      const found = asked.get(credentialKey);
      if (found === undefined || clock.monotonic() < found.until) return found;
      asked.delete(credentialKey);
      return undefined;
    },
  };
}
