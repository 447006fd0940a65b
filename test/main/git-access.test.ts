// What the operator gives at the start, and every mistake in it at once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../src/api/repository-url.ts';
import { openGitAccess } from '../../src/main/git-access.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const address = parseRepositoryAddress('https://git.example.com/x');

test('nothing', async () => {
  const config = { gitCredentials: undefined, environment: {}, proxyEnvironment: {} };
  const { operator, proxyOf } = await openGitAccess(config, createRecordedLog());
  if (address === undefined) throw new Error('no address');
  expect(await operator.find(address, 'prod')).toBeUndefined();
  expect(proxyOf(address)).toBeUndefined();
});

test('a file and a proxy, then mistakes in both', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'confroll-access-'));
  const log = createRecordedLog();
  const gitCredentials = join(folder, 'hosts.yaml');
  const environment = { GIT_TOKEN: 'planted-token' };
  try {
    await writeFile(
      gitCredentials,
      '- {host: git.example.com, namespaces: ["*"], environment: {token: GIT_TOKEN}}',
    );
    const proxyEnvironment = { HTTPS_PROXY: 'http://user:planted-word@proxy:3128' };
    const { operator, proxyOf } = await openGitAccess({ gitCredentials, environment, proxyEnvironment }, log);
    if (address === undefined) throw new Error('no address');
    expect((await operator.find(address, 'prod'))?.value('token')).toBe('planted-token');
    expect(proxyOf(address)?.url.host).toBe('proxy:3128');

    await writeFile(gitCredentials, '- {host: git.example.com, directory: /d, token: planted-token}');
    const wrong = { HTTPS_PROXY: 'socks5://planted-word', http_proxy: 'ftp://planted-word' };
    const opened = openGitAccess({ gitCredentials, environment, proxyEnvironment: wrong }, log);
    const message = await opened.then(String, (error: unknown) => String(error));
    expect(message).toMatch(
      /entry 1: it has a field[\s\S]*entry 1: namespaces[\s\S]*HTTPS_PROXY[\s\S]*http_proxy/,
    );
    expect(message).not.toContain('planted');
  } finally {
    await rm(folder, { recursive: true });
  }
});
