// `.gitmodules` as git writes it and as people do, and where its urls lead.
import { describe, expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import { parseGitModules } from '../../../../src/sync/git/partial/git-modules.ts';
import { submoduleAddress } from '../../../../src/sync/git/partial/submodule-address.ts';

test('.gitmodules is read with its quotes, comments and continued lines', () => {
  const text = [
    '# comment',
    '[core]',
    '\tpath = not/this',
    '[submodule "a"]',
    '\tpath = libs/a',
    '\turl = ../a.git ; where it is',
    '\tbranch = main',
    '[ Submodule "with \\"quotes\\"" ] path = "libs/with blank "',
    'url = "https://git.example.com/b#c.git" # so',
    '[submodule "long"]',
    '  PATH = libs/lo\\',
    'ng/',
    '  Url=git@git.example.com:x/y.git',
    '[submodule "half"]',
    '\tpath = libs/half',
  ].join('\r\n');
  expect([...parseGitModules(text)]).toEqual([
    ['libs/a', '../a.git'],
    ['libs/with blank ', 'https://git.example.com/b#c.git'],
    ['libs/long', 'git@git.example.com:x/y.git'],
  ]);
  expect(parseGitModules('\0\x01[[[submodule').size).toBe(0);
});

describe('a url', () => {
  const around = 'https://git.example.com/team/config.git';
  const ssh = 'ssh://git@git.example.com:2222/team/config.git';
  test.each<[string, string, string | undefined]>([
    ['../other.git', around, 'https://git.example.com/team/other.git'],
    ['./sub.git', around, 'https://git.example.com/team/config.git/sub.git'],
    ['../../a/b', around, 'https://git.example.com/a/b'],
    ['../../../../a', around, undefined],
    ['../x/../y', around, undefined],
    ['..', around, undefined],
    ['https://GIT.example.com:443/x/y.git', around, 'https://git.example.com/x/y.git'],
    ['https://me:secret@git.example.com/x.git', around, undefined],
    ['/srv/git/x.git', around, undefined],
    ['file:///etc', around, undefined],
    ['../other.git', ssh, 'ssh://git@git.example.com:2222/team/other.git'],
    ['../other.git', 'git@git.example.com:team/config.git', 'ssh://git@git.example.com/team/other.git'],
    ['../o%20t', ssh, 'ssh://git@git.example.com:2222/team/o%20t'],
    ['../x', 'ssh://git@git.example.com/~me/config', 'ssh://git@git.example.com/~me/x'],
  ])('%s around %s is %s', (url, outer, text) => {
    const address = parseRepositoryAddress(outer);
    if (address === undefined) throw new Error('no address');
    const found = submoduleAddress(url, address);
    expect(found.kind === 'ok' ? found.address.text : undefined).toBe(text);
  });

  test.each([
    'https://git.example.org/x.git',
    'http://git.example.com/x.git',
    'https://git.example.com:8443/x.git',
    'git@git.example.com:x.git',
  ])('%s is somewhere else', (url) => {
    const address = parseRepositoryAddress(around);
    if (address === undefined) throw new Error('no address');
    expect(submoduleAddress(url, address)).toMatchObject({ kind: 'otherHost' });
  });

  test('keeps the path that the server gets: from the home of the user, or from the root', () => {
    const address = parseRepositoryAddress('git@git.example.com:team/config.git');
    if (address === undefined) throw new Error('no address');
    expect(submoduleAddress('../other.git', address)).toMatchObject({ address: { path: 'team/other.git' } });
  });
});
