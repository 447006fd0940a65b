// The way to a repository that its address names.
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Authorizer, Credential } from '../credentials/credential.ts';
import { createHttpTransport } from './http/transport.ts';
import type { GitLimits } from './limits.ts';
import { SourceError } from './source-error.ts';
import { createSshTransport } from './ssh/transport.ts';
import type { Transport } from './transport.ts';

export function openTransport(
  address: RepositoryAddress,
  options: {
    readonly credential: Credential;
    readonly authorizer: Authorizer;
    readonly userAgent: string;
    readonly limits: GitLimits;
    readonly clock: Clock;
    readonly onBytes: (bytes: number) => void;
  },
): Transport {
  const { credential, authorizer, userAgent, limits, clock, onBytes } = options;
  if (address.scheme !== 'ssh') {
    const { tls, proxy } = credential;
    return createHttpTransport({
      address,
      tls,
      proxy,
      authorizer,
      userAgent,
      limits,
      now: clock.now,
      onBytes,
    });
  }
  const { login } = credential;
  if (login.kind === 'ssh') return createSshTransport({ address, login, limits, onBytes });
  return {
    async open() {
      throw new SourceError({
        class: 'person',
        reason: 'SecretInvalid',
        about: 'login',
        message: `${address.text} needs an SSH key, and another kind of login was given: put a private key under identity`,
      });
    },
    forget() {},
    close() {},
  };
}
