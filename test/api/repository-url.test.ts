import { expect, it } from 'vitest';
import { isSameRepository } from '../../src/api/repository-url.ts';

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
