// A Source as a test wants it: the real one, with limits short enough to wait for.
import type { RepositoryAddress } from '../../../src/api/repository-url.ts';
import { parseRepositoryAddress } from '../../../src/api/repository-url.ts';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import type { Authorizer, Credential, Login } from '../../../src/sync/credentials/credential.ts';
import { createGitSource } from '../../../src/sync/git/git-source.ts';
import { defaultGitLimits, type GitLimits } from '../../../src/sync/git/limits.ts';
import { createKeptBudget } from '../../../src/sync/git/partial/kept-budget.ts';
import type { Source } from '../../../src/sync/source.ts';

export type OpenOptions = Partial<Credential> & {
  readonly authorizer?: Authorizer;
  readonly limits?: Partial<GitLimits>;
  readonly onBytes?: (bytes: number) => void;
  readonly clock?: Clock;
};

export function openSource(url: string, options: OpenOptions = {}): Source {
  const login = options.login ?? { kind: 'anonymous' };
  return createGitSource({
    address: addressOf(url),
    credential: {
      login,
      tls: options.tls ?? { ca: undefined, client: undefined },
      proxy: options.proxy,
    },
    authorizer: options.authorizer ?? fixed(login),
    userAgent: 'git/2.0 (confroll-test)',
    limits: { ...defaultGitLimits, ...options.limits },
    clock: options.clock ?? systemClock,
    onBytes: options.onBytes ?? (() => {}),
    kept: createKeptBudget(),
  });
}

export function addressOf(url: string): RepositoryAddress {
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error(`${url} is no address of a repository`);
  return address;
}

/** Value of the Authorization header. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** What is in the Secret and nothing else: no second one can be had. */
function fixed(login: Login): Authorizer {
  return {
    header: async () => (login.kind === 'header' ? login.authorization : undefined),
    renew: async () => false,
  };
}
