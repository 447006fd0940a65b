// A connection that did not come about -> what it means for the reader. Of the package's errors only level and code count.
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import { isRecord } from '../../../lib/json.ts';
import type { SourceFailure } from '../../source.ts';
import type { GitLimits } from '../limits.ts';
import { networkWords } from '../network-words.ts';

/** How far a connection has come. */
export type Stage = 'connect' | 'handshake' | 'login';

export type Dialled = {
  readonly address: RepositoryAddress;
  readonly stage: Stage;
  readonly isExpired: boolean;
  readonly limits: GitLimits;
};

export function dialFailure(error: unknown, { address, stage, isExpired, limits }: Dialled): SourceFailure {
  const shown = address.text;
  if (isExpired) {
    const what = { connect: 'accept a connection', handshake: 'agree on keys', login: 'let the key log in' };
    return {
      kind: 'failed',
      class: 'retry',
      reason: 'Timeout',
      of: 'host',
      message: `${shown} did not ${what[stage]} within ${limits.connectMilliseconds / 1000} s: check host, port and network policies; it is asked again by itself`,
    };
  }
  const { level, code, words } = read(error);
  if (level === 'client-authentication') {
    return {
      kind: 'failed',
      class: 'person',
      reason: 'AuthenticationFailed',
      about: 'login',
      message: `${shown} refused the key of user "${address.user ?? 'git'}": add its public half at the server, or use a key that may log in there`,
    };
  }
  if (code !== undefined)
    return unreachable(`${shown} cannot be reached: ${networkWords(code, 'spec.source.url')}`);
  if (words.includes('no matching')) {
    return {
      kind: 'failed',
      class: 'person',
      reason: 'NotTrusted',
      message: `${shown} cannot be spoken to: it offers only algorithms that are no longer safe, or none that are known here; bring the SSH server up to date`,
    };
  }
  if (stage === 'login')
    return unreachable(
      `${shown} ended the connection while the key was logging in: look at the SSH server's log; it is asked again by itself`,
    );
  return unreachable(
    `${shown} ended the connection before keys were agreed on, or does not speak SSH: check host and port in spec.source.url; it is asked again by itself`,
  );
}

function unreachable(message: string): SourceFailure {
  return { kind: 'failed', class: 'retry', reason: 'Unreachable', of: 'host', message };
}

function read(error: unknown): { level: string | undefined; code: string | undefined; words: string } {
  if (Array.isArray(isRecord(error) ? error.errors : undefined) && error instanceof AggregateError)
    return read(error.errors[0]);
  if (!isRecord(error)) return { level: undefined, code: undefined, words: '' };
  const { level, code, message } = error;
  return {
    level: typeof level === 'string' ? level : undefined,
    // Of the operating system; numbers are the server's own reasons.
    code: typeof code === 'string' ? code : undefined,
    words: typeof message === 'string' ? message : '',
  };
}
