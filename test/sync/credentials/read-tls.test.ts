// Certificates and proxies as they stand in Secrets -> what is used, or what is wrong with them.
import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateClient, type KeyPair } from '../../../certs/generate.ts';
import { readProxy } from '../../../src/sync/credentials/read-proxy.ts';
import { readTls } from '../../../src/sync/credentials/read-tls.ts';
import { proxyPassword, username } from '../../support/planted.ts';
import { leaks, materialOf, type Values } from './material.ts';

const now = Date.now();
let authority: KeyPair;
let client: KeyPair;
let other: KeyPair;
let expired: KeyPair;
beforeAll(async () => {
  authority = await generateAuthority('Git');
  client = await generateClient(authority, 'confroll');
  other = await generateClient(authority, 'somebody');
  expired = await generateClient(authority, 'old', { days: 1, now: now - 10 * 86_400_000 });
});

describe('certificates', () => {
  test('an authority, or several, and a client certificate with its chain', () => {
    const chain = client.certificate + authority.certificate;
    const values = {
      'ca.crt': authority.certificate + authority.certificate,
      'tls.crt': chain,
      'tls.key': client.key,
    };
    expect(readTls(materialOf(values), now)).toEqual({
      kind: 'ok',
      value: {
        ca: values['ca.crt'].trimEnd(),
        client: { certificate: chain.trimEnd(), key: client.key.trimEnd() },
      },
    });
    expect(readTls(materialOf({ token: 'x' }), now)).toEqual({
      kind: 'ok',
      value: { ca: undefined, client: undefined },
    });
  });

  test('an authority that is none', () => {
    refused({ 'ca.crt': 'planted nonsense' }, /no certificate under ca\.crt/);
    refused({ 'ca.crt': client.key }, /no certificate under ca\.crt/);
    const broken = authority.certificate.replaceAll(/[a-m]/g, 'A');
    refused({ 'ca.crt': authority.certificate + broken }, /no certificate under ca\.crt/);
  });

  test('half a client certificate', () => {
    refused({ 'tls.crt': client.certificate }, /tls\.crt without tls\.key/);
    refused({ 'tls.key': client.key }, /tls\.key without tls\.crt/);
  });

  test('a client certificate with the key of another', () => {
    refused({ 'tls.crt': client.certificate, 'tls.key': other.key }, /do not belong together/);
  });

  test('a client certificate that has expired, with its day', () => {
    const day = new Date(now - 9 * 86_400_000).toISOString().slice(0, 8);
    refused({ 'tls.crt': expired.certificate, 'tls.key': expired.key }, new RegExp(`expired on ${day}`));
  });

  test('keys and certificates that cannot be read', () => {
    const closed = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'planted passphrase',
    });
    refused({ 'tls.crt': client.certificate, 'tls.key': String(closed) }, /under a passphrase/);
    refused({ 'tls.crt': client.certificate, 'tls.key': 'planted nonsense' }, /no private key in PEM/);
    refused({ 'tls.crt': 'planted nonsense', 'tls.key': client.key }, /no certificate in PEM under tls\.crt/);
  });

  function refused(values: Values, words: RegExp): void {
    const reading = readTls(materialOf(values), now);
    expect(reading).toEqual({ kind: 'problem', problem: expect.stringMatching(words) });
    expect(leaks(JSON.stringify(reading), values)).toEqual([]);
  }
});

describe('a proxy', () => {
  const address = 'http://proxy.planted.example:3128';

  test('with and without a login', () => {
    expect(readProxy(materialOf({ address }))).toEqual({
      kind: 'ok',
      value: { url: new URL(address), authorization: undefined },
    });
    expect(readProxy(materialOf({ address, username, password: proxyPassword }))).toMatchObject({
      value: { authorization: `Basic ${btoa(`${username}:${proxyPassword}`)}` },
    });
    const secure = { address: 'https://proxy.planted.example', 'ca.crt': authority.certificate };
    expect(readProxy(materialOf(secure))).toMatchObject({ value: { ca: authority.certificate.trimEnd() } });
  });

  test.for<[string, Values, RegExp]>([
    ['nothing', {}, /^lacks the key address/],
    ['no address', { address: 'proxy-planted' }, /under address/],
    ['another protocol', { address: 'socks5://proxy.planted.example' }, /http:\/\/ or https:\/\//],
    ['a login in the address', { address: 'http://planted-user:planted-word@proxy' }, /keys of their own/],
    ['a path', { address: `${address}/path` }, /under address/],
    ['a user name alone', { address, username }, /username without password/],
    ['a password alone', { address, password: proxyPassword }, /password without username/],
    [
      'an authority that is none',
      { address, 'ca.crt': 'planted nonsense' },
      /no certificate in PEM under ca\.crt/,
    ],
  ])('refused in words: %s', ([, values, words]) => {
    const reading = readProxy(materialOf(values));
    expect(reading).toEqual({ kind: 'problem', problem: expect.stringMatching(words) });
    expect(leaks(JSON.stringify(reading), values)).toEqual([]);
  });
});
