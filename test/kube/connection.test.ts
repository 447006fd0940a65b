import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectionFromKubeconfig } from '../../src/kube/connection.ts';

type Fields = { readonly cluster?: object; readonly user?: object; readonly context?: string };

async function kubeconfig({ cluster = {}, user = {}, context = 'here' }: Fields): Promise<string> {
  return await file(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'local', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
      users: [{ name: 'me', user }],
      contexts: [{ name: 'here', context: { cluster: 'local', user: 'me' } }],
      'current-context': context,
    }),
  );
}

async function file(text: string, mode = 0o600): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'confroll-kubeconfig-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'file');
  await writeFile(path, text, { mode });
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('server, certificates and server name are those of the current context', async () => {
  const path = await kubeconfig({
    cluster: { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'kubernetes' },
    user: { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
  });
  const { server, tls, headers } = await connectionFromKubeconfig(path);
  expect(server.href).toBe('https://127.0.0.1:6443/');
  expect(tls).toMatchObject({
    ca: 'ca',
    cert: 'cert',
    key: 'key',
    serverName: 'kubernetes',
    insecure: false,
  });
  expect(await headers()).toEqual({});
});

test.each([
  ['a token', { token: 'abc' }, 'Bearer abc'],
  ['name and password', { username: 'me', password: 'pass' }, `Basic ${base64('me:pass')}`],
])('%s becomes a header', async (_, user, authorization) => {
  const { headers } = await connectionFromKubeconfig(await kubeconfig({ user }));
  expect(await headers()).toEqual({ authorization });
});

function plugin(command: string): Fields {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
  return { user: { exec } };
}

test('a credential plugin is run', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-plugin' },
  };
  const command = await file(`#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, 0o700);
  const { headers } = await connectionFromKubeconfig(await kubeconfig(plugin(command)));
  expect(await headers()).toEqual({ authorization: 'Bearer from-plugin' });
});

test.each([
  ['that fails', '#!/bin/sh\necho s3cret >&2\nexit 1\n'],
  ['that prints something else', '#!/bin/sh\necho s3cret\n'],
])('a plugin %s is named, and nothing that it printed', async (_, script) => {
  const command = await file(script, 0o700);
  const path = await kubeconfig(plugin(command));
  const error = await connectionFromKubeconfig(path).catch((failure: unknown) => failure);
  expect(String(error)).toContain(`the credential plugin "${command}" of the kubeconfig failed`);
  expect(JSON.stringify([String(error), error])).not.toContain('s3cret');
});

test.each([
  ['a context that is not there', { context: 'nowhere' }, 'context "nowhere"'],
  ['a server without TLS', { cluster: { server: 'http://127.0.0.1:8080' } }, 'only https is spoken'],
  ['a proxy', { cluster: { 'proxy-url': 'http://proxy:3128' } }, 'proxy-url'],
  [
    'a certificate that is not there',
    { user: { 'client-certificate': '/nowhere/cert' } },
    'the files it names',
  ],
])('%s is refused with what to do', async (_, fields, words) => {
  await expect(connectionFromKubeconfig(await kubeconfig(fields))).rejects.toThrow(words);
});

test('a file that is no kubeconfig is not quoted', async () => {
  const error = await connectionFromKubeconfig(await file('token: s3cret\n  x: [')).catch(
    (failure: unknown) => failure,
  );
  expect(String(error)).toContain('cannot load the kubeconfig');
  expect(String(error)).not.toContain('s3cret');
  await expect(connectionFromKubeconfig('/nowhere/config')).rejects.toThrow('ENOENT');
});
