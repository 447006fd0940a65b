// PURE: what an answer says of the host as a whole, not of the one repository.
import type { Folder, Resolved } from '../source.ts';

export type Verdict = 'up' | 'down' | 'unknown';

/** `up`: it was the host that answered, whatever it said. `unknown`: it did not, and it may be the repository's fault. */
export function verdictOf(answer: Resolved | Folder): Verdict {
  if (answer.kind !== 'failed') return 'up';
  // A credential that cannot be used at all is shown to nobody.
  if (answer.reason === 'SecretInvalid' || answer.about === 'proxy' || answer.of === 'elsewhere') {
    return 'unknown';
  }
  if (answer.class !== 'retry') return 'up';
  // It may be the credential that it hung up on.
  if (answer.about !== undefined) return 'unknown';
  if (answer.of === 'host' || answer.reason === 'Unreachable') return 'down';
  return answer.reason === 'Timeout' || answer.reason === 'HostUnavailable' ? 'unknown' : 'up';
}
