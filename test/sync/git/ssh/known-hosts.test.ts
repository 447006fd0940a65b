import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findKnownHost, knownHostName } from '../../../../src/sync/git/ssh/known-hosts.ts';

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf';
const ecdsa =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=';

describe('a line', () => {
  test.for([
    ['of the host', 'git.example.org', 'git.example.org', true],
    ['in capital letters', 'Git.Example.ORG', 'git.example.org', true],
    ['of another host', 'git.example.org', 'example.org', false],
    ['of several hosts', 'a.example.org,git.example.org,192.0.2.7', 'git.example.org', true],
    ['with a star', '*.example.org', 'git.example.org', true],
    ['with a star, of another domain', '*.example.org', 'git.example.com', false],
    ['with a question mark', 'git?.example.org', 'git1.example.org', true],
    ['with a question mark for nothing', 'git?.example.org', 'git.example.org', false],
    ['that takes the host out', '*.example.org,!git.example.org', 'git.example.org', false],
    ['that takes another out', '*.example.org,!www.example.org', 'git.example.org', true],
    ['that only takes out', '!www.example.org', 'git.example.org', false],
    ['of a port', '[git.example.org]:2222', '[git.example.org]:2222', true],
    ['of another port', '[git.example.org]:2222', '[git.example.org]:2223', false],
    ['without the port', 'git.example.org', '[git.example.org]:2222', false],
    ['with a dot that is none', 'gitxexample.org', 'git.example.org', false],
    ['of many stars', `${'*a'.repeat(40)}b`, 'a'.repeat(60), false],
  ] as const)('%s', ([, hosts, host, isFound]) => {
    expect(findKnownHost(`${hosts} ${ed25519} a comment`, host).keys).toHaveLength(isFound ? 1 : 0);
  });

  test('that is hashed, as ssh-keygen writes it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'confroll-known-'));
    try {
      const file = join(folder, 'known_hosts');
      writeFileSync(file, `git.example.org ${ed25519}\n[git.example.org]:2222 ${other}\n`);
      expect(spawnSync('ssh-keygen', ['-q', '-H', '-f', file]).status).toBe(0);
      const hashed = readFileSync(file, 'utf8');
      expect(hashed).toMatch(/^\|1\|/);
      expect(shownKeys(hashed, 'git.example.org')).toEqual([ed25519]);
      expect(shownKeys(hashed, '[git.example.org]:2222')).toEqual([other]);
      expect(shownKeys(hashed, 'www.example.org')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('several keys of a host are found, comments and other hosts left out, whatever ends the lines', () => {
  const text = [
    `# git.example.org`,
    '',
    `git.example.org ${ed25519}`,
    `x ${other}`,
    `git.example.org ${ecdsa}`,
  ];
  expect(shownKeys(text.join('\r\n'), 'git.example.org')).toEqual([ed25519, ecdsa]);
});

test('a revoked key is found as such', () => {
  const found = findKnownHost(`@revoked * ${ed25519}\ngit.example.org ${ecdsa}`, 'git.example.org');
  expect(found.revoked.map(({ type }) => type)).toEqual(['ssh-ed25519']);
  expect(found.keys.map(({ type }) => type)).toEqual(['ecdsa-sha2-nistp256']);
});

test('lines that do not count are told by number and reason, never by content', () => {
  const text = [
    `@cert-authority *.example.org ${ed25519}`,
    'git.example.org',
    'git.example.org ssh-ed25519 planted-secret!',
    `git.example.org ssh-rsa ${ed25519.split(' ')[1]}`,
    `@planted git.example.org ${ed25519}`,
    'git.example.org ssh-dss AAAAB3NzaC1kc3MAAACBAA==',
    'other.example.org ssh-ed25519 nonsense',
    `git.example.org ${ecdsa}`,
  ].join('\n');
  const { keys, ignored } = findKnownHost(text, 'git.example.org');
  expect(keys).toHaveLength(1);
  expect(ignored).toEqual([
    'line 1 is about a certificate authority, which is not supported',
    'line 2 is not whole',
    'line 3 holds no key of a type that is accepted (ed25519, ECDSA, RSA)',
    'line 4 holds no key of a type that is accepted (ed25519, ECDSA, RSA)',
    'line 5 begins with an unknown marker',
    'line 6 holds no key of a type that is accepted (ed25519, ECDSA, RSA)',
  ]);
});

test('a host is named with its port unless that is 22', () => {
  expect(knownHostName('git.example.org', 22)).toBe('git.example.org');
  expect(knownHostName('git.example.org', 443)).toBe('[git.example.org]:443');
  expect(knownHostName('[::1]', 22)).toBe('::1');
  expect(knownHostName('[::1]', 2222)).toBe('[::1]:2222');
});

function shownKeys(text: string, host: string): string[] {
  return findKnownHost(text, host).keys.map(({ type, blob }) => `${type} ${blob.toString('base64')}`);
}
