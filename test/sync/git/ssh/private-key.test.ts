import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { beforeAll, describe, expect, test } from 'vitest';
import { missingSshServer } from '../../../../local/git-server/ssh.ts';
import { makeSshKey, type SshKeyOptions } from '../../../../local/git-server/ssh-keys.ts';
import { type PreparedKey, preparePrivateKey } from '../../../../src/sync/git/ssh/private-key.ts';

const passphrase = 'planted passphrase';
let missing: string | undefined;

beforeAll(async () => {
  missing = await missingSshServer(AbortSignal.timeout(280_000));
});

describe('a key', () => {
  const kinds: readonly SshKeyOptions[] = [
    { type: 'ed25519' },
    { type: 'ecdsa', bits: 256 },
    { type: 'ecdsa', bits: 384 },
    { type: 'ecdsa', bits: 521 },
    { type: 'rsa', bits: 2048 },
    { type: 'ecdsa', bits: 256, format: 'PEM' },
    { type: 'rsa', bits: 2048, format: 'PEM' },
    { type: 'ecdsa', bits: 384, format: 'PKCS8' },
    { type: 'rsa', bits: 2048, format: 'PKCS8' },
  ];
  test.for(kinds.map((kind) => [Object.values(kind).join(' '), kind] as const))(
    'of %s is taken, with and without passphrase',
    ([, kind], { skip }) => {
      if (missing !== undefined) skip(missing);
      for (const words of [undefined, passphrase]) {
        const made = makeSshKey(words === undefined ? kind : { ...kind, passphrase: words });
        const prepared = prepare(made.privateKey, words);
        if (prepared.kind !== 'ok') throw new Error(prepared.message);
        const [first] = prepared.keys;
        const [, base64] = made.publicKey.split(' ');
        expect(first?.getPublicSSH().toString('base64')).toBe(base64);
        expect(prepared.keys.map(({ type }) => String(type))).not.toContain('ssh-rsa');
        const data = Buffer.from('what is signed');
        const signature = first?.sign(data) ?? Buffer.alloc(0);
        expect(signature).toBeInstanceOf(Buffer);
        expect(first?.verify(data, signature, kind.type === 'rsa' ? 'sha512' : undefined)).toBe(true);
      }
    },
  );

  test('of ed25519 in PKCS #8, as openssl writes it, is taken', () => {
    for (const words of [undefined, passphrase]) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const encrypted = words === undefined ? {} : { cipher: 'aes-256-cbc', passphrase: words };
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString();
      const prepared = prepare(pem, words);
      if (prepared.kind !== 'ok') throw new Error(prepared.message);
      const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
      expect(prepared.keys[0]?.getPublicSSH().subarray(-32)).toEqual(point);
      expect(prepared.keys[0]?.sign(Buffer.from('x'))).toHaveLength(64);
    }
  });

  test('with line ends of Windows and space around it is taken', ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect(prepare(`\n ${makeSshKey().privateKey.replaceAll('\n', '\r\n')}\r\n `, undefined).kind).toBe('ok');
  });
});

describe('refused in words, without a byte of it, is', () => {
  test.for([
    [
      'a missing passphrase',
      { passphrase },
      undefined,
      /has a passphrase; put that under the key passphrase/,
    ],
    ['a wrong passphrase', { passphrase }, 'another', /cannot be opened with the passphrase/],
    [
      'a missing passphrase of PEM',
      { type: 'rsa', bits: 2048, format: 'PEM', passphrase },
      undefined,
      /has a passphrase/,
    ],
    [
      'a wrong passphrase of PEM',
      { type: 'rsa', bits: 2048, format: 'PEM', passphrase },
      'another',
      /cannot be opened/,
    ],
    [
      'a missing passphrase of PKCS #8',
      { type: 'ecdsa', format: 'PKCS8', passphrase },
      undefined,
      /has a passphrase/,
    ],
    [
      'a wrong passphrase of PKCS #8',
      { type: 'ecdsa', format: 'PKCS8', passphrase },
      'another',
      /cannot be opened/,
    ],
    [
      'a passphrase that is stretched for too long',
      { passphrase, rounds: 33 },
      passphrase,
      /by 33 rounds, at most 32/,
    ],
  ] as const)('%s', ([, kind, given, words], { skip }) => {
    if (missing !== undefined) skip(missing);
    const made = makeSshKey(kind);
    const message = refusal(prepare(made.privateKey, given));
    expect(message).toMatch(words);
    expect(message).not.toContain(passphrase);
    for (const line of made.privateKey.split('\n').filter((each) => each.length > 40))
      expect(message).not.toContain(line);
  });

  test.for([
    ['text', 'planted-secret', /cannot be read/],
    [
      'a cut key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
      /cannot be read/,
    ],
    ['PKCS #8 of nothing', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /cannot be read/],
    [
      'a public key',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
      /public key/,
    ],
    [
      'a key of another use',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /cannot be read/,
    ],
  ] as const)('%s', ([, text, words]) => {
    const message = refusal(prepare(text, undefined));
    expect(message).toMatch(words);
    expect(message).not.toContain('planted-secret');
  });

  test('PKCS #8 whose passphrase would be stretched for hours', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString();
    const der = Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64');
    // The number 2048 of iterations.
    const at = der.indexOf(Buffer.from('02020800', 'hex'));
    expect(at).toBeGreaterThan(0);
    const costly = Buffer.concat([
      der.subarray(0, at),
      Buffer.from('02047fffffff', 'hex'),
      der.subarray(at + 4),
    ]);
    const text = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${costly.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----`;
    expect(refusal(prepare(text, passphrase))).toMatch(/cannot be opened/);
  });
});

function prepare(privateKey: string, words: string | undefined): PreparedKey {
  const login = { kind: 'ssh', privateKey, passphrase: words, knownHosts: undefined } as const;
  return preparePrivateKey(login, 'ssh://git@git.example.org/x.git', ssh2.utils.parseKey);
}

function refusal(prepared: PreparedKey): string {
  if (prepared.kind === 'ok') throw new Error('the key was taken');
  expect(prepared).toMatchObject({ class: 'person', reason: 'SecretInvalid', about: 'login' });
  return prepared.message;
}
