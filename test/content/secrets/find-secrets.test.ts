// Keys and tokens are made on the spot: none of them ever opened anything.
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { refuse } from '../../../src/content/content-error.ts';
import { findSecrets } from '../../../src/content/secrets/find-secrets.ts';
import { matcher } from '../../../src/content/validate/matcher.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const alphanumeric = `${letters}${letters.toUpperCase()}${digits}`;
const base64 = `${alphanumeric}+/`;
const hex = `${digits}abcdef`;
const base32 = `${letters.toUpperCase()}234567`;

/** Always the same, and without any order that an eye would see. */
function some(alphabet: string, length: number): string {
  let state = 20_261;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return alphabet[state % alphabet.length];
  }).join('');
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

type Sample = readonly [sort: string, before: string, value: string, after?: string];

/** What each sort is recognised by, and what must never be told of it. */
const samples: readonly Sample[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map(
    (prefix): Sample => ['a GitHub token', prefix, some(alphanumeric, 36)],
  ),
  ['a GitHub token', 'github_pat_', `${some(alphanumeric, 22)}_${some(alphanumeric, 59)}`],
  ['a GitLab token', 'glpat-', some(alphanumeric, 20)],
  ['a GitLab token', 'gldt-', some(alphanumeric, 20)],
  ['a GitLab token', 'glpat-', `${some(alphanumeric, 27)}.01.${some(alphanumeric, 9)}`],
  ['an Atlassian token', 'ATATT3', some(alphanumeric, 180)],
  ['an npm token', 'npm_', some(alphanumeric, 36)],
  ['an npm token', '//registry.npmjs.org/:_authToken=', `${some(hex, 8)}-1f2e-4a3b-8c9d-${some(hex, 12)}`],
  ['a PyPI token', 'pypi-AgE', some(alphanumeric, 150)],
  ['a RubyGems key', 'rubygems_', some(hex, 48)],
  ['a Docker Hub token', 'dckr_pat_', some(alphanumeric, 27)],
  [
    'a login of a container registry',
    '{"auths":{"registry.example.com":{"auth": "',
    Buffer.from(`robot:${some(alphanumeric, 20)}`).toString('base64'),
    '"}}}',
  ],
  ['an AWS access key', 'AKIA', some(base32, 16)],
  ['an AWS access key', 'ASIA', some(base32, 16)],
  ['a secret access key', 'aws_secret_access_key = ', some(base64, 40)],
  ['a secret access key', '"secretAccessKey": "', some(base64, 40), '"'],
  ['a Google API key', 'AIza', some(alphanumeric, 35)],
  ['a Google OAuth client secret', 'GOCSPX-', some(alphanumeric, 28)],
  ['a key of Azure Storage or Cosmos DB', 'AccountName=shop;AccountKey=', some(base64, 86), '=='],
  ['a shared access key of Azure', 'SharedAccessKeyName=all;SharedAccessKey=', some(base64, 43), '='],
  [
    'a shared access signature of Azure',
    'https://shop.blob.core.windows.net/c?sv=2024-11-04&sig=',
    some(alphanumeric, 43),
    '%3D',
  ],
  ['a client secret of Microsoft Entra ID', '', `${some(alphanumeric, 3)}8Q~${some(alphanumeric, 34)}`],
  ['a DigitalOcean token', 'dop_v1_', some(hex, 64)],
  ['a Slack token', 'xoxb-', `2847193046-3918273645-${some(alphanumeric, 24)}`],
  ['a Slack token', 'xapp-1-', `A04KD8S2MZQ-4719283650-${some(hex, 64)}`],
  [
    'the address of a Slack webhook',
    'https://hooks.slack.com/services/',
    `T04KD8S2M/B05QW7E1R/${some(alphanumeric, 24)}`,
  ],
  [
    'the address of a Discord webhook',
    'https://discord.com/api/webhooks/',
    `928374650192837465/${some(alphanumeric, 68)}`,
  ],
  ['a Telegram bot token', '', `4839201756:AA${some(alphanumeric, 33)}`],
  ['a SendGrid key', 'SG.', `${some(alphanumeric, 22)}.${some(alphanumeric, 43)}`],
  ['a live Stripe key', 'sk_live_', some(alphanumeric, 24)],
  ['a live Stripe key', 'rk_live_', some(alphanumeric, 99)],
  ['a Shopify token', 'shpat_', some(hex, 32)],
  ['a Vault token', 'hvs.', some(alphanumeric, 95)],
  ['a HCP Terraform token', `${some(alphanumeric, 14)}.atlasv1.`, some(alphanumeric, 67)],
  ['a Grafana token', 'glsa_', `${some(alphanumeric, 32)}_${some(hex, 8)}`],
  ['a New Relic key', 'NRAK-', some(`${letters.toUpperCase()}${digits}`, 27)],
  ['a Databricks token', 'dapi', some(hex, 32)],
  ['a key of age', 'AGE-SECRET-KEY-1', some('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)],
  ['an Anthropic key', 'sk-ant-api03-', some(alphanumeric, 95)],
  ['an OpenAI key', 'sk-proj-', `${some(alphanumeric, 74)}T3BlbkFJ${some(alphanumeric, 74)}`],
  ['a Hugging Face token', 'hf_', some(`${letters}${letters.toUpperCase()}`, 34)],
  [
    'a token of a service account',
    '',
    `${base64url({ alg: 'RS256', kid: 'x1' })}.${base64url({ iss: 'kubernetes/serviceaccount', 'kubernetes.io/serviceaccount/namespace': 'prod' })}.${some(alphanumeric, 342)}`,
  ],
  [
    'a service role key of Supabase',
    '',
    `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ iss: 'supabase', role: 'service_role' })}.${some(alphanumeric, 43)}`,
  ],
];

const find = (content: string | Uint8Array, path = 'conf/app.yaml', allow: readonly string[] = []) =>
  findSecrets([{ path, bytes: Buffer.from(content) }], allow);
const sortsOf = (content: string | Uint8Array): string[] =>
  find(content).map(({ message }) => /looks like (.*?)\. Put/.exec(message)?.[1] ?? message);

describe('a token', () => {
  test.each(samples)('%s (%s) is found where it stands', (sort = '', before = '', value = '', after = '') => {
    const around = [
      ['token: ', '\n'],
      ['TOKEN="', '"\n'],
      ['', ''],
    ] as const;
    for (const [open, close] of around) {
      const text = `# größer\r\nserver: 1\n${open}${before}${value}${after}${close}`;
      const [found, ...others] = find(text);
      expect(others).toEqual([]);
      expect(found).toMatchObject({ path: 'conf/app.yaml', line: 3 });
      expect(found?.message).toContain(`this looks like ${sort}. `);
      expect(found?.message).toContain('spec.likelySecrets.allow: ["conf/app.yaml"]');
      expect(text.split('\n')[2]?.slice((found?.column ?? 0) - 1)).toContain(value);
      // No part of it, however short.
      for (let at = 0; at + 6 <= value.length; at += 1) {
        expect(refuse(find(text)).message).not.toContain(value.slice(at, at + 6));
      }
    }
  });

  test('is found in UTF-16 and between bytes that are no text', () => {
    const token = `ghp_${some(alphanumeric, 36)}`;
    const utf16 = Buffer.from(`\u{feff}token: ${token}\r\n`, 'utf16le');
    expect(sortsOf(utf16)).toEqual(['a GitHub token']);
    expect(sortsOf(Buffer.from(utf16).swap16())).toEqual(['a GitHub token']);
    const unmarked = utf16.subarray(2);
    expect(sortsOf(unmarked)).toEqual(['a GitHub token']);
    expect(sortsOf(Buffer.from(unmarked).swap16())).toEqual(['a GitHub token']);
    const binary = Buffer.concat([Buffer.from([0, 255, 254, 10]), Buffer.from(token), Buffer.from([0x80])]);
    expect(find(binary)).toMatchObject([{ line: 2, column: 1 }]);
  });
});

describe('a private key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed25519 = generateKeyPairSync('ed25519');
  const pem = ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keys = [
    ['PKCS #1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })],
    ['PKCS #8', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['SEC 1', ec.privateKey.export({ type: 'sec1', format: 'pem' })],
    ['Ed25519', pem],
    [
      'PKCS #8 under a passphrase',
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    ],
    [
      'PKCS #1 under a passphrase',
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    ],
    [
      'OpenSSH',
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${some(base64, 70)}\n${some(base64, 70)}\n-----END OPENSSH PRIVATE KEY-----\n`,
    ],
    [
      'PGP',
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\nComment: of nobody\n\n${some(base64, 64)}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----\n`,
    ],
  ] as const;

  test.each(keys)('in %s is found, as a file and within others', (_, key) => {
    const text = key.toString();
    expect(sortsOf(text)).toEqual(['a private key']);
    expect(sortsOf(text.replaceAll('\n', '\r\n'))).toEqual(['a private key']);
    expect(find(`tls:\n  key: |\n    ${text.replaceAll('\n', '\n    ')}`)).toMatchObject([
      { line: 3, column: 5 },
    ]);
    expect(sortsOf(JSON.stringify({ type: 'service_account', private_key: text }))).toEqual([
      'a private key',
    ]);
    expect(sortsOf(`key=${text.trim().replaceAll('\n', '\\n\\\n  ')}`)).toEqual(['a private key']);
    expect(refuse(find(text)).message).not.toContain(text.split('\n')[1]?.slice(0, 8));
  });

  test('of a kubeconfig is found in its base64', () => {
    const data = Buffer.from(pem).toString('base64');
    expect(sortsOf(`users:\n- user: {client-key-data: ${data}}\n`)).toEqual(['a private key in base64']);
    const lines = data.replaceAll(/.{76}/g, (line) => `${line}\n    `);
    expect(sortsOf(`tls.key: |\n    ${lines}`)).toEqual(['a private key in base64']);
    const empty = '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n';
    expect(find(`tls.key: ${Buffer.from(empty).toString('base64')}`)).toEqual([]);
  });

  test('of PuTTY is found', () => {
    expect(sortsOf('PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n')).toEqual([
      'a private key of PuTTY',
    ]);
  });

  test('in whose place there are words or dots is none', () => {
    for (const body of [
      '...',
      '<put your key here>',
      `$${'{KEY}'}`,
      '{{ .Values.key | indent 4 }}',
      'x'.repeat(64),
    ]) {
      expect(find(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`)).toEqual([]);
    }
    expect(find('grep -r -- "-----BEGIN RSA PRIVATE KEY-----" .')).toEqual([]);
  });

  test('is no certificate and no public key', async () => {
    const { cert } = await generate([{ name: 'commonName', value: 'shop' }]);
    const spki = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const others = [
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${some(base64, 64)}\n-----END PGP PUBLIC KEY BLOCK-----`,
      `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${some(base64, 44)} deploy@shop`,
      `ca-data: ${Buffer.from(cert).toString('base64')}`,
    ];
    for (const text of [cert, spki, pkcs1, ...others]) expect(find(text)).toEqual([]);
  });
});

describe('no secret', () => {
  test.each([
    ['the keys of the documentation of AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['their other half', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['a secret key that a variable fills in', `aws_secret_access_key=$${'{AWS_SECRET_ACCESS_KEY}'}`],
    ['a token of x', `token: ghp_${'x'.repeat(36)}`],
    ['a token of words', 'token: glpat-your-token-goes-here-please'],
    [
      'the webhook of the documentation of Slack',
      'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    ],
    ['a test key of Stripe', `sk_test_${some(alphanumeric, 24)}`],
    [
      'the key of Azurite',
      'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;',
    ],
    ['a registry without a login', '{"auths":{"registry.example.com":{"auth":""}}}'],
    ['an auth that is a word', '{"auth": "kerberos"}'],
    [
      'the public key of an API in a JSON Web Token',
      `key: ${base64url({ alg: 'HS256' })}.${base64url({ role: 'anon' })}.${some(alphanumeric, 43)}`,
    ],
    ['a digest', `image: shop@sha256:${some(hex, 64)}`],
    ['an integrity', `"integrity": "sha512-${some(base64, 86)}=="`],
    ['names', 'npm_config_registry: x\nglance-api: y\nsk-learn: z\nSG.de: 1\nxoxo-1: 2'],
  ])('is %s', (_, text) => {
    expect(find(text)).toEqual([]);
  });

  test('is in config as it is in the wild', () => {
    const folder = new URL('../../fixtures/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const { parentPath, name } of files) {
      expect(find(readFileSync(`${parentPath}/${name}`), name)).toEqual([]);
    }
  });
});

describe('a file that is allowed', () => {
  const token = `ghp_${some(alphanumeric, 36)}`;

  test('may hold anything, and no other', () => {
    expect(find(token, 'test/keys/a.pem', ['test/**'])).toEqual([]);
    expect(find(token, 'keys/a.pem', ['test/**'])).toHaveLength(1);
  });

  test('is the one that the message says how to allow', () => {
    const name = fc.string({
      unit: fc.constantFrom(...'ab.*?[]{}()!+@|\\ ,^$-äß"'),
      minLength: 1,
      maxLength: 20,
    });
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
      .filter((joined) => !joined.split('/').some((part) => /^\.*$/.test(part)));
    fc.assert(
      fc.property(path, path, (given, other) => {
        const [{ message } = { message: '' }] = find(token, given);
        const [glob] = JSON.parse(/allow: (\[.*\])$/.exec(message)?.[1] ?? '[]');
        expect(matcher([glob])(given)).toBe(true);
        if (/^[\w./-]+$/.test(given)) expect(matcher([glob])(other)).toBe(other === given);
      }),
    );
  });
});

describe('whatever the bytes', () => {
  test('it gives places in them and does not throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...samples),
        (bytes, [, before, value]) => {
          const text = Buffer.concat([bytes, Buffer.from(`\n${before}${value}`), bytes]);
          for (const { line = 0, column = 0 } of find(text)) {
            expect(line).toBeGreaterThan(0);
            expect(column).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  // Each of these makes a pattern that looks back, or as far as it goes, take hours.
  test.each([
    'a',
    '-',
    '\n',
    'ghp_',
    'eyJ',
    '.eyJaaaaaaaaaa',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'sk-',
    '.sk-aaaaaaaaaaaaaaaaaaaa',
    '"auth": "',
    '0Q~',
    'secretkey : ',
    '\nPuTTY-User-Key-File-1: ssh',
    ` ghp_${some(alphanumeric, 36)}`,
  ])('4 MiB of %j are looked through', (unit) => {
    expect(find(unit.repeat((4 * 1024 * 1024) / unit.length)).length).toBeLessThanOrEqual(20);
  });
});
