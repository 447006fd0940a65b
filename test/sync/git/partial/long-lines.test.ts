// What a stranger can commit is of any length: going through it must not hold up everything else.
import { expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import { parseCommit } from '../../../../src/sync/git/partial/commit.ts';
import { parseGitModules } from '../../../../src/sync/git/partial/git-modules.ts';

// With a time that grows with the square of the length these took from many seconds to minutes.
const long = 1_000_000;

test('an author of blanks', { timeout: 5_000 }, () => {
  const commit = `tree ${'a'.repeat(40)}\nauthor ${' '.repeat(long)}x <a@b.c> 0 +0000\n\nsubject\n`;
  expect(parseCommit(Buffer.from(commit)).tree).toBe('a'.repeat(40));
  const short = `tree ${'a'.repeat(40)}\nauthor A U  <a@b.c> 0 +0000\n\nsubject\n`;
  expect(parseCommit(Buffer.from(short)).author).toBe('A U');
});

test('a path and a url of slashes', { timeout: 5_000 }, () => {
  const slashes = '/'.repeat(long);
  const text = `[submodule "a"]\npath = ${slashes}x\nurl = ../a.git\n[submodule "b"]\npath = b${slashes}\nurl = ../b.git\n`;
  expect(parseGitModules(text).get('b')).toBe('../b.git');
  expect(parseRepositoryAddress(`https://git.example.com/${slashes}x`)).toBeUndefined();
});
