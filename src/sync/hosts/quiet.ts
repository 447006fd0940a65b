// What a host has asked of one credential: not to come back before a certain time (Retry-After). All repositories that
// show it the same credential keep to that, since it is the credential that hosts count by. Times are monotonic.
import type { Folder, Resolved, SourceFailure } from '../source.ts';
import type { Member } from './row.ts';

export type Quiet = {
  heed(credentialKey: string, member: Member, answer: Resolved | Folder, now: number): void;
  of(credentialKey: string, now: number): Asked | undefined;
};

export type Asked = {
  readonly until: number;
  /** Who was told so, and how. */
  readonly member: Member;
  readonly failure: SourceFailure;
};

export function createQuiet(): Quiet {
  const asked = new Map<string, Asked>();
  return {
    heed(credentialKey, member, answer, now) {
      if (answer.kind !== 'failed' || answer.retryAfterMilliseconds === undefined) return;
      const until = now + answer.retryAfterMilliseconds;
      // Several may be told at the same time; the longest wait counts.
      if (until > (asked.get(credentialKey)?.until ?? now)) {
        asked.set(credentialKey, { until, member, failure: answer });
      }
    },
    of(credentialKey, now) {
      const found = asked.get(credentialKey);
      if (found === undefined || now < found.until) return found;
      asked.delete(credentialKey);
      return undefined;
    },
  };
}
