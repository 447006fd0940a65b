// Which token goes to which host: what Git is read with to its own host and to `api.` of it, and to no other.
import { describe, expect, test } from 'vitest';
import type { CommitStatusSpec } from '../../../src/api/commit-status-spec.ts';
import type { GitConfig } from '../../../src/api/gitconfig.ts';
import { parseRepositoryAddress } from '../../../src/api/repository-url.ts';
import { findToken } from '../../../src/sync/commit-status/find-token.ts';
import { apiUrlOf } from '../../../src/sync/commit-status/status-request.ts';
import type { Login } from '../../../src/sync/credentials/credential.ts';
import { basic } from '../../../src/sync/credentials/read-login.ts';
import { SourceError } from '../../../src/sync/git/source-error.ts';

const tls = { ca: 'an authority', client: undefined };
const environment = { url: new URL('http://proxy.example.com:3128'), authorization: undefined };

async function find(login: Login, url: string, commitStatus: CommitStatusSpec) {
  const address = parseRepositoryAddress(url);
  const apiUrl = address && apiUrlOf(commitStatus, address);
  if (address === undefined || apiUrl === undefined) throw new Error(url);
  const config: GitConfig = {
    metadata: { name: 'shop', namespace: 'prod' },
    spec: { source: { url, ref: { branch: 'main' } }, mountPath: '/etc/shop', commitStatus },
  };
  const origin = { login: undefined, ca: undefined, client: undefined, proxy: undefined };
  const credential = { login, tls, proxy: undefined };
  const found = findToken(
    config,
    address,
    apiUrl,
    {
      credentials: { find: async () => ({ kind: 'ok', credential, origin }) },
      authorizers: {
        of: (given) => ({
          header: async () =>
            given.kind === 'header' ? given.authorization : basic('x-access-token', 'ghs_made'),
          renew: async () => false,
        }),
      },
      readSecret: async () => {
        throw new Error('no Secret is named');
      },
      proxyOf: () => environment,
    },
    AbortSignal.timeout(5_000),
  );
  return found.catch((error: unknown) => {
    if (error instanceof SourceError) return error.failure.message;
    throw error;
  });
}

const header = (authorization: string): Login => ({ kind: 'header', authorization });
const password = header(basic('ann', 'pass:word'));

describe('what Git is read with', () => {
  test.each([
    [password, 'https://github.com/a/b', { provider: 'GitHub' }, 'pass:word'],
    [header('Bearer tok'), 'https://gitlab.example.com/a/b', { provider: 'GitLab' }, 'tok'],
    [password, 'https://git.example.com:8443/a/b', { provider: 'Gitea' }, 'pass:word'],
    [
      password,
      'https://h.example.com/a/b',
      { provider: 'Gitea', apiUrl: 'https://api.h.example.com/v1' },
      'pass:word',
    ],
    [
      {
        kind: 'githubApp',
        app: { appId: '1', installation: { id: '2' }, privateKey: '', apiUrl: 'https://api.github.com' },
      },
      'https://github.com/a/b',
      { provider: 'GitHub' },
      'ghs_made',
    ],
  ] as const)('is shown to the API of its host (%#)', async (login, url, spec, token) => {
    expect(await find(login, url, spec)).toEqual({ token, way: { tls, proxy: undefined } });
  });

  test.each([
    ['https://evil.example.com/api/v4', 'https://git.example.com/a/b'],
    ['https://git.example.com.evil.example.com/api/v4', 'https://git.example.com/a/b'],
    ['https://git.example.com:8443/api/v4', 'https://git.example.com/a/b'],
    ['https://git.example.com/api/v4', 'https://git.example.com:8443/a/b'],
    ['http://git.example.com/api/v4', 'https://git.example.com/a/b'],
  ])('is not shown to %s for %s', async (apiUrl, url) => {
    expect(await find(password, url, { provider: 'GitLab', apiUrl })).toMatch(
      /^the credential of git\.example\.com(:8443)? is not sent to http/,
    );
  });

  test.each([
    [{ kind: 'anonymous' }, 'https://git.example.com/a/b'],
    [
      { kind: 'ssh', privateKey: '', passphrase: undefined, knownHosts: undefined },
      'git@git.example.com:a/b',
    ],
  ] as const)('is no token (%#)', async (login, url) => {
    expect(await find(login, url, { provider: 'GitLab' })).toMatch(/^the repository is read without a token/);
  });
});
