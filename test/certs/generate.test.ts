import { execFile } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { generateAuthority, generateLeaf, type KeyPair } from '../../certs/generate.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'confroll-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Resolves to the authorization error; undefined when the client trusts the server. */
async function handshake(server: KeyPair, ca: string, servername: string): Promise<string | undefined> {
  const listener = createServer({ cert: server.certificate, key: server.key }, (socket) => socket.end());
  listener.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    return await new Promise((resolve) => {
      // An address is checked as the host that one connects to; it is no server name.
      const name = servername === '127.0.0.1' ? {} : { servername };
      const socket = connect({ host: '127.0.0.1', port, ca, ...name }, () => {
        socket.destroy();
        resolve(undefined);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  } finally {
    listener.close();
  }
}

describe('certificates for local use', () => {
  it('are trusted by a TLS client for each host, and by no other name or authority', async () => {
    const authority = await generateAuthority('one');
    const leaf = await generateLeaf(authority, ['git.example.com', '127.0.0.1']);
    expect(await handshake(leaf, authority.certificate, 'git.example.com')).toBeUndefined();
    expect(await handshake(leaf, authority.certificate, '127.0.0.1')).toBeUndefined();
    expect(await handshake(leaf, authority.certificate, 'evil.example.com')).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    const other = await generateAuthority('one');
    expect(await handshake(leaf, other.certificate, 'git.example.com')).toMatch(/SIGNATURE|ISSUER|VERIFY/);
  });

  it('are accepted by openssl for a TLS server', async () => {
    const authority = await generateAuthority('one');
    const leaf = await generateLeaf(authority, ['git.example.com', '10.0.0.1', '::1']);
    const args = ['verify', '-purpose', 'sslserver', '-CAfile', file('ca', authority.certificate)];
    const { stdout } = await run('openssl', [
      ...args,
      '-verify_hostname',
      'git.example.com',
      file('leaf', leaf.certificate),
    ]);
    expect(stdout).toContain(': OK');
    await run('openssl', [...args, '-verify_ip', '::1', join(folder, 'leaf')]);
    await expect(run('openssl', [...args, '-verify_ip', '10.0.0.2', join(folder, 'leaf')])).rejects.toThrow();
    await run('openssl', ['verify', '-CAfile', join(folder, 'ca'), join(folder, 'ca')]);
  });

  it('have elliptic keys, SHA-256 and the extensions that verifiers look at', async () => {
    const authority = await generateAuthority('one');
    const leaf = await generateLeaf(authority, ['localhost']);
    for (const [name, pair] of [
      ['authority', authority],
      ['leaf', leaf],
    ] as const) {
      const { stdout } = await run('openssl', [
        'x509',
        '-noout',
        '-text',
        '-in',
        file(name, pair.certificate),
      ]);
      expect(stdout).toContain('Signature Algorithm: ecdsa-with-SHA256');
      expect(stdout).toContain('NIST CURVE: P-256');
      expect(createPublicKey(pair.key).export({ type: 'spki', format: 'pem' })).toBe(
        new X509Certificate(pair.certificate).publicKey.export({ type: 'spki', format: 'pem' }),
      );
      expect(stdout.match(/Basic Constraints: critical\n\s*(.*)/)?.[1]).toBe(
        name === 'leaf' ? 'CA:FALSE' : 'CA:TRUE, pathlen:0',
      );
      expect(stdout.match(/X509v3 Key Usage: critical\n\s*(.*)/)?.[1]).toBe(
        name === 'leaf' ? 'Digital Signature' : 'Certificate Sign, CRL Sign',
      );
      expect(stdout.includes('TLS Web Server Authentication')).toBe(name === 'leaf');
      expect(stdout.includes('DNS:localhost')).toBe(name === 'leaf');
    }
  });

  it('begin before now, for clocks that are behind, and end when asked', async () => {
    const now = Date.UTC(2026, 0, 31);
    const authority = await generateAuthority('one', { now });
    const leaf = new X509Certificate((await generateLeaf(authority, ['a'], { now, days: 7 })).certificate);
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([
      new Date(Date.UTC(2026, 0, 30, 23)),
      new Date(Date.UTC(2026, 1, 7)),
    ]);
    const years = new X509Certificate(authority.certificate).validToDate.getTime() - now;
    expect(years / 86_400_000).toBe(3650);
  });

  it.each([[], ['http://x'], [''], ['a b'], ['-x'], ['x:443']])(
    'are refused for the hosts %j',
    async (...hosts) => {
      await expect(generateLeaf(await generateAuthority('one'), hosts)).rejects.toThrow(/host name|DNS name/);
    },
  );

  it('are written by the command, which keeps its authority', async () => {
    const out = join(folder, 'out');
    const command = join(import.meta.dirname, '../../certs/generate-command.ts');
    const generate = (...args: string[]) => run(process.execPath, [command, '--out', out, ...args]);
    await generate('--host', 'localhost');
    const before = readFileSync(join(out, 'ca.crt'), 'utf8');
    await generate('--host', 'localhost', '--host', '127.0.0.1', '--days', '3');
    expect(readFileSync(join(out, 'ca.crt'), 'utf8')).toBe(before);
    for (const key of ['ca.key', 'tls.key']) expect(statSync(join(out, key)).mode & 0o777).toBe(0o600);
    const pair = {
      certificate: readFileSync(join(out, 'tls.crt'), 'utf8'),
      key: readFileSync(join(out, 'tls.key'), 'utf8'),
    };
    expect(await handshake(pair, before, '127.0.0.1')).toBeUndefined();
    await expect(generate()).rejects.toMatchObject({ code: 2 });
  });
});
