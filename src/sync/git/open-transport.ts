// The way to a repository that its address names.
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Authorizer, Credential } from '../credentials/credential.ts';
import { createHttpTransport } from './http/transport.ts';
import type { GitLimits } from './limits.ts';
import { SourceError } from './source-error.ts';
import { createSshTransport } from './ssh/transport.ts';
import type { Transport } from './transport.ts';

export type TransportOptions = {
  readonly credential: Credential;
  readonly authorizer: Authorizer;
  readonly userAgent: string;
  readonly limits: GitLimits;
  readonly clock: Clock;
  /** Told the size of each piece that was received. */
  readonly onBytes: (bytes: number) => void;
};

export function openTransport(address: RepositoryAddress, options: TransportOptions): Transport {
  const { credential, authorizer, userAgent, limits, clock, onBytes } = options;
  const { tls, proxy, login } = credential;
  if (address.scheme !== 'ssh') {
    const { now } = clock;
    return createHttpTransport({ address, tls, proxy, authorizer, userAgent, limits, now, onBytes });
  }
  if (login.kind === 'ssh') return createSshTransport({ address, login, limits, onBytes });
  return refusing(
    `${address.text} is read over SSH, and there is no SSH key: name a Secret with one in spec.source.secretRef`,
  );
}

function refusing(message: string): Transport {
  return {
    async open() {
      throw new SourceError({
        class: 'person',
        reason: 'AuthenticationFailed',
        message,
        about: 'login',
        of: 'elsewhere',
      });
    },
    forget() {},
    close() {},
  };
}
