import { describe, expect, it } from 'vitest';
import { isSameRepository, parseRepositoryAddress } from '../../src/api/repository-url.ts';

const url = 'https://git.example.com/team/config.git';

it.each([
  ['itself', url],
  ['a slash at the end', `${url}/`],
  ['a host in upper case', url.replace('git.example.com', 'GIT.example.com')],
  ["the scheme's own port", url.replace('.com', '.com:443')],
])('is the same repository with %s', (_, other) => {
  expect(isSameRepository(url, other)).toBe(true);
});

it.each([
  ['another path', url.replace('team', 'other')],
  ['another host', url.replace('git.', 'code.')],
  ['another port', url.replace('.com', '.com:8443')],
  ['another scheme', url.replace('https', 'http')],
  ['no address at all', 'nonsense'],
])('is another repository with %s', (_, other) => {
  expect(isSameRepository(url, other)).toBe(false);
});

describe('over SSH', () => {
  it.each([
    ['git@git.example.com:team/config.git', 'ssh://git@git.example.com/team/config.git', 'team/config.git'],
    [
      'ssh://git.example.com:22/team/config.git/',
      'ssh://git@git.example.com/team/config.git',
      '/team/config.git',
    ],
    ['ssh://me@git.example.com:2222/~me/a%40b', 'ssh://me@git.example.com:2222/~me/a@b', '~me/a@b'],
    ['me@[::1]:/srv/x', 'ssh://me@[::1]/srv/x', '/srv/x'],
  ])('%s', (text, known, path) => {
    expect(parseRepositoryAddress(text)).toMatchObject({ scheme: 'ssh', text: known, path });
  });

  it.each([
    ['a password', 'ssh://git:word@git.example.com/x'],
    ['a host that could be an option', 'ssh://-oProxyCommand=x/y'],
    ['a path that could be an option', 'git@git.example.com:-x'],
    ['a user that could be an option', '-l@git.example.com:x'],
    ['no path', 'ssh://git.example.com/'],
  ])('not with %s', (_, text) => {
    expect(parseRepositoryAddress(text)).toBeUndefined();
  });
});
