// The operator's file: what it may say, and every mistake in it at once.
import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../../../src/sync/credentials/operator/operator-file.ts';

const environment = { GIT_USER: 'reader', GIT_PASSWORD: 'planted-password', EMPTY: '' };

test('entries for named namespaces and for all, of directories and variables', () => {
  const text = `
- host: git.example.com:8443
  namespaces: [prod, stage]
  directory: /etc/confroll/git/example
- host: GitHub.com
  namespaces: ["*"]
  environment: {username: GIT_USER, password: GIT_PASSWORD}
`;
  expect(parseOperatorFile(text, environment)).toEqual({
    kind: 'ok',
    entries: [
      {
        host: 'git.example.com:8443',
        namespaces: ['prod', 'stage'],
        place: { kind: 'directory', path: '/etc/confroll/git/example' },
      },
      {
        host: 'github.com',
        namespaces: 'all',
        place: {
          kind: 'environment',
          values: new Map([
            ['username', 'reader'],
            ['password', 'planted-password'],
          ]),
        },
      },
    ],
  });
});

test('an empty list', () => {
  expect(parseOperatorFile('[]', {})).toEqual({ kind: 'ok', entries: [] });
});

describe('mistakes', () => {
  const entry = (more: string): string =>
    `- {host: git.example.com, namespaces: [prod], directory: /d, ${more}}`;
  test.for<[string, string, RegExp]>([
    ['no YAML', '- host: [planted-token\nx: "', /^it is not YAML \(line \d+\)$/],
    ['nothing', '', /^it (?:must be a list|is not YAML)/],
    ['no list', 'host: planted-token', /must be a list/],
    ['no entry', '- planted-token', /entry 1: it must have host/],
    ['an unknown field', entry('password: planted-token'), /entry 1: it has a field that is none of/],
    [
      'a host with a path',
      entry('host: planted.example/x').replace('host: git.example.com, ', ''),
      /host must be/,
    ],
    ['a host with a user', entry('host: planted@h').replace('host: git.example.com, ', ''), /host must be/],
    ['no namespaces', '- {host: h, directory: /d}', /namespaces must list/],
    ['an empty list of them', '- {host: h, directory: /d, namespaces: []}', /namespaces must list/],
    ['all and one', '- {host: h, directory: /d, namespaces: ["*", a]}', /namespaces must list/],
    ['a pattern', '- {host: h, directory: /d, namespaces: [team-*]}', /namespaces must list/],
    ['a number', '- {host: h, directory: /d, namespaces: [1]}', /namespaces must list/],
    ['neither place', '- {host: h, namespaces: [a]}', /exactly one of directory and environment/],
    ['both', entry('environment: {token: GIT_USER}'), /exactly one of directory and environment/],
    ['a path of nowhere', '- {host: h, namespaces: [a], directory: planted}', /absolute path/],
    ['no variables', '- {host: h, namespaces: [a], environment: {}}', /map keys to names of variables/],
    [
      'an unknown key',
      '- {host: h, namespaces: [a], environment: {passwort: GIT_USER}}',
      /a key that is none of username/,
    ],
    [
      'a value for a variable',
      '- {host: h, namespaces: [a], environment: {token: glpat-planted}}',
      /environment\.token must be the name/,
    ],
    [
      'a variable that is not set',
      '- {host: h, namespaces: [a], environment: {token: NOT_SET}}',
      /environment\.token names is not set/,
    ],
    ['an empty variable', '- {host: h, namespaces: [a], environment: {token: EMPTY}}', /is not set/],
    [
      'the same namespace twice',
      `${entry('')}\n${entry('')}`,
      /host git\.example\.com is there twice for namespace prod/,
    ],
    [
      'all namespaces twice',
      '- {host: h, namespaces: ["*"], directory: /a}\n- {host: H, namespaces: ["*"], directory: /b}',
      /twice for all namespaces/,
    ],
  ])('%s', ([, text, words]) => {
    const parsed = parseOperatorFile(text, environment);
    expect(parsed).toEqual({ kind: 'invalid', problems: [expect.stringMatching(words)] });
    expect(JSON.stringify(parsed)).not.toContain('planted');
  });

  test('are told together, each with its entry', () => {
    const parsed = parseOperatorFile('- {host: "/", namespaces: [], directory: d}\n- {host: h}', environment);
    expect(parsed.kind === 'invalid' && parsed.problems.map((each) => each.slice(0, 8))).toEqual([
      'entry 1:',
      'entry 1:',
      'entry 1:',
      'entry 2:',
      'entry 2:',
    ]);
  });
});
