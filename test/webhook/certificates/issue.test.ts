// Certificates as others see them: openssl, and a TLS client that checks the name.
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { issueAuthority, issueLeaf } from '../../../src/webhook/certificates/issue.ts';
import {
  bundleVerifies,
  checkAuthority,
  checkLeaf,
  endOf,
  renewalOf,
} from '../../../src/webhook/certificates/verify.ts';

const run = promisify(execFile);
const day = 86_400_000;
const hosts = ['confroll-webhook.confroll-system.svc', '127.0.0.1', '::1'] as const;

async function pairs(now = Date.now()) {
  const made = await issueAuthority(now);
  const checked = checkAuthority(made, now);
  if ('problem' in checked) throw new Error(checked.problem);
  const { authority } = checked;
  const leafPair = await issueLeaf(authority, hosts, { now, authorityEnds: endOf(authority.x509) });
  const checkedLeaf = checkLeaf(leafPair, authority, now);
  if ('problem' in checkedLeaf) throw new Error(checkedLeaf.problem);
  return { authority, leaf: checkedLeaf.leaf };
}

const bundle = (...pems: string[]): string => Buffer.from(pems.join('')).toString('base64');

describe('certificates', () => {
  it('are accepted by openssl, in strict mode but for key identifiers', async (ctx) => {
    const { authority, leaf } = await pairs();
    const directory = await mkdtemp(join(tmpdir(), 'confroll-certificates-'));
    try {
      await writeFile(join(directory, 'ca.crt'), authority.certificate);
      await writeFile(join(directory, 'tls.crt'), leaf.certificate);
      const files = ['-CAfile', join(directory, 'ca.crt'), join(directory, 'tls.crt')];
      const purpose = ['-purpose', 'sslserver', '-verify_hostname', hosts[0]];
      const { stdout } = await run('openssl', ['verify', ...purpose, ...files]).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
          return ctx.skip('openssl is not installed');
        }
        throw error;
      });
      expect(stdout).toContain('tls.crt: OK');
      const text = await run('openssl', ['x509', '-noout', '-text', '-in', join(directory, 'tls.crt')]);
      expect(text.stdout).toContain('ecdsa-with-SHA256');
      expect(text.stdout).toContain('TLS Web Server Authentication');
      expect(text.stdout).toContain('CA:FALSE');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('carry a live handshake by name and by address', async () => {
    const { authority, leaf } = await pairs();
    const server = createServer({ cert: leaf.certificate, key: leaf.key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hello = async (servername: string) => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, servername });
      const ended = once(socket, 'secureConnect');
      await ended.finally(() => socket.destroy());
      return socket.authorized;
    };
    expect(await hello(hosts[0])).toBe(true);
    expect(await hello('')).toBe(true);
    await expect(hello('confroll-webhook.other.svc')).rejects.toThrow('altnames');
    server.close();
  });

  it('live seven days, are renewed after two thirds, and never outlive their authority', async () => {
    const now = Date.UTC(2026, 5, 1);
    const { authority, leaf } = await pairs(now);
    expect(endOf(leaf.x509)).toBe(now + 7 * day);
    expect(renewalOf(leaf.x509)).toBeGreaterThan(now + 4 * day);
    expect(renewalOf(leaf.x509)).toBeLessThan(now + 5 * day);
    expect(Date.parse(leaf.x509.validFrom)).toBeLessThan(now);
    const short = await issueLeaf(authority, hosts, { now, authorityEnds: now + day });
    expect(endOf(new X509Certificate(short.certificate))).toBe(now + day);
  });
});

describe('checks', () => {
  it('refuse what does not fit, before it is used', async () => {
    const now = Date.now();
    const [one, two] = await Promise.all([pairs(), pairs()]);
    expect(checkAuthority({ certificate: '', key: '' }, now)).toStrictEqual({
      problem: 'ca.crt is not a certificate in PEM',
    });
    expect(checkAuthority(one.leaf, now)).toMatchObject({
      problem: expect.stringContaining('of an authority'),
    });
    expect(checkAuthority({ ...one.authority, key: two.authority.key }, now)).toStrictEqual({
      problem: 'ca.key does not belong to ca.crt',
    });
    expect(checkAuthority({ ...one.authority, key: 'garbage' }, now)).toStrictEqual({
      problem: 'ca.key does not belong to ca.crt',
    });
    expect(checkAuthority(one.authority, now + 3651 * day)).toMatchObject({
      problem: expect.stringContaining('is valid from'),
    });
    expect(checkLeaf(one.leaf, two.authority, now)).toStrictEqual({
      problem: 'the leaf is not signed by the authority',
    });
  });

  it('of a bundle: any of its authorities may vouch, at this time', async () => {
    const now = Date.now();
    const [one, two] = await Promise.all([pairs(), pairs()]);
    expect(bundleVerifies(bundle(one.authority.certificate), one.leaf, now)).toBe(true);
    expect(bundleVerifies(bundle(two.authority.certificate, one.authority.certificate), one.leaf, now)).toBe(
      true,
    );
    expect(bundleVerifies(bundle(two.authority.certificate), one.leaf, now)).toBe(false);
    expect(bundleVerifies(bundle(one.leaf.certificate), one.leaf, now)).toBe(false);
    expect(bundleVerifies('', one.leaf, now)).toBe(false);
    expect(bundleVerifies('AAAA', one.leaf, now)).toBe(false);
    expect(bundleVerifies(bundle(one.authority.certificate), one.leaf, now + 8 * day)).toBe(false);
  });
});
