// One repository with one credential -> the Source that is asked: Git, behind what all repositories of its host share.
import type { Registry } from 'prom-client';
import type { RepositoryAddress } from '../api/repository-url.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createAuthorizers } from './credentials/authorizers.ts';
import { type Credential, credentialKey } from './credentials/credential.ts';
import { createGitSource, type GitSource } from './git/git-source.ts';
import type { GitLimits } from './git/limits.ts';
import { createKeptBudget } from './git/partial/kept-budget.ts';
import { createHosts } from './hosts/hosts.ts';
import type { Source } from './source.ts';

export type Sources = {
  open(address: RepositoryAddress, credential: Credential): Source;
  /** Lets go what the open ones keep to be quick. */
  release(): void;
  close(): void;
};

// Some hosts answer in Git's protocol only to what calls itself git.
const userAgent = 'git/2.0 (confroll)';
// The longest spec.source.timeout. Who asks says each time how long it may take, which may be more than is usual.
const longestMilliseconds = 3_600_000;

export function createSources(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly limits: GitLimits;
  readonly onBytes: (bytes: number) => void;
}): Sources {
  const { clock, log, registry, onBytes } = deps;
  const limits = { ...deps.limits, overallMilliseconds: longestMilliseconds };
  const hosts = createHosts({ clock, log, registry });
  const kept = createKeptBudget();
  const opened = new Set<GitSource>();
  const authorizers = createAuthorizers({ clock, userAgent });
  return {
    open(address, credential) {
      const authorizer = authorizers.of(credential.login, credential);
      const source = createGitSource({
        address,
        credential,
        authorizer,
        userAgent,
        limits,
        clock,
        onBytes,
        kept,
      });
      opened.add(source);
      const close = (): void => {
        opened.delete(source);
        source.close();
      };
      return hosts.guard(
        { ...source, close },
        { ...address, proxy: proxyOf(address, credential), credentialKey: credentialKey(credential) },
      );
    },
    release() {
      for (const source of opened) source.release();
    },
    close: hosts.close,
  };
}

// SSH goes past it.
function proxyOf({ scheme }: RepositoryAddress, { proxy }: Credential): string | undefined {
  return scheme === 'ssh' ? undefined : proxy?.url.host;
}
