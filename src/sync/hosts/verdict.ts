// PURE: what an answer says of the host as a whole, not of the one repository.
import type { Folder, Resolved } from '../source.ts';

export type Verdict = 'up' | 'down' | 'unknown';

/** `up`: it was the host that answered, whatever it said. `unknown`: nobody did, and it may be the repository's fault. */
export function verdictOf(answer: Resolved | Folder): Verdict {
  if (answer.kind !== 'failed' || answer.class !== 'retry') return 'up';
  // A proxy, or an authority that gives tokens.
  if (answer.about !== undefined) return 'unknown';
  if (answer.of === 'host' || answer.reason === 'Unreachable') return 'down';
  return answer.reason === 'Timeout' || answer.reason === 'HostUnavailable' ? 'unknown' : 'up';
}
