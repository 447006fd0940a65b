import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectionFromServiceAccount } from '../../src/kube/service-account.ts';
import { createFakeClock } from '../support/fake-clock.ts';

async function mounted(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'confroll-account-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

const whole = { token: 'one\n', 'ca.crt': 'certificate\n' };
const clock = createFakeClock();

test('the token is read anew after a minute, and used on when it cannot be', async () => {
  const directory = await mounted(whole);
  const connection = await connectionFromServiceAccount({
    directory,
    host: '198.18.128.1',
    port: '443',
    clock,
  });
  expect(connection.tls.ca).toBe('certificate');
  expect(connection.server.href).toBe('https://198.18.128.1/');
  await writeFile(join(directory, 'token'), 'two');
  await clock.advance(59_999);
  expect(await connection.headers()).toEqual({ authorization: 'Bearer one' });
  await clock.advance(1);
  expect(await connection.headers()).toEqual({ authorization: 'Bearer two' });
  await rm(join(directory, 'token'));
  await clock.advance(60_000);
  expect(await connection.headers()).toEqual({ authorization: 'Bearer two' });
});

test('an IPv6 address is put in brackets', async () => {
  const directory = await mounted(whole);
  const connection = await connectionFromServiceAccount({ directory, host: 'fd00::1', port: '6443', clock });
  expect(connection.server.href).toBe('https://[fd00::1]:6443/');
});

test.each([
  ['outside a cluster', whole, '', 'KUBERNETES_SERVICE_HOST'],
  ['without a token', { 'ca.crt': 'x' }, 'host', 'token: mount a service account token'],
  ['with an empty token', { ...whole, token: '\n' }, 'host', 'token is empty'],
  ['without a certificate authority', { token: 'x' }, 'host', 'ca.crt'],
])('%s it says what to do', async (_, files, host, words) => {
  const directory = await mounted(files);
  await expect(connectionFromServiceAccount({ directory, host, port: '443', clock })).rejects.toThrow(words);
});
