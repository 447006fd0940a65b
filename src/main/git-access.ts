// What the operator gives for the way to Git: credentials for hosts, and a proxy.

import { parseRepositoryAddress } from '../api/repository-url.ts';
import type { ControllerConfig } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { ProxyOf } from '../sync/credentials/credentials.ts';
import {
  noOperatorCredentials,
  type OperatorCredentials,
  openOperatorCredentials,
} from '../sync/credentials/operator/operator-credentials.ts';
import { proxyFromEnvironment } from '../sync/git/http/proxy-environment.ts';

export type GitAccess = { readonly operator: OperatorCredentials; readonly proxyOf: ProxyOf };

/** Throws an Error with all problems: whoever gave them is there at the start, and not later. */
export async function openGitAccess(
  {
    gitCredentials: file,
    environment,
    proxyEnvironment,
  }: Pick<ControllerConfig, 'gitCredentials' | 'environment' | 'proxyEnvironment'>,
  log: Log,
): Promise<GitAccess> {
  const opened =
    file === undefined
      ? ({ kind: 'ok', operator: noOperatorCredentials } as const)
      : await openOperatorCredentials({ file, environment, log });
  const proxyOf: ProxyOf = (address) => proxyFromEnvironment(proxyEnvironment, address);
  const problems = [...(opened.kind === 'ok' ? [] : opened.problems), ...proxyProblems(proxyOf)];
  if (opened.kind === 'invalid' || problems.length > 0) throw new Error(problems.join('\n'));
  return { operator: opened.operator, proxyOf };
}

function proxyProblems(proxyOf: ProxyOf): string[] {
  return ['https://git.example.com/x', 'http://git.example.com/x'].flatMap((url) => {
    const address = parseRepositoryAddress(url);
    try {
      if (address !== undefined) proxyOf(address);
      return [];
    } catch (error) {
      // It names the variable, and not what it holds.
      if (error instanceof RangeError) return [error.message];
      throw error;
    }
  });
}
