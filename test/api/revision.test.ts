import { expect, it } from 'vitest';
import { formatRevision, parseRevision } from '../../src/api/revision.ts';

it.each([
  ['a branch', `main@sha1:${'a'.repeat(40)}`],
  ['a branch with @', `release@2@sha1:${'b'.repeat(40)}`],
  ['a commit that was named itself', `sha1:${'d'.repeat(40)}`],
  ['a SHA-256 commit', `main@sha256:${'c'.repeat(64)}`],
])('reads and writes %s', (_, text) => {
  const revision = parseRevision(text);
  expect(revision && formatRevision(revision)).toBe(text);
});

it.each(['', 'main', 'main@sha1:abc', `@sha1:${'a'.repeat(40)}`])('does not read %j', (text) => {
  expect(parseRevision(text)).toBeUndefined();
});
