import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileKey } from '../../src/content/file-key.ts';

test.each<[string, string, string]>([
  ['a legal key stays', 'app.yaml', 'app.yaml'],
  ['a hidden file stays', '.env', '.env'],
  ['253 characters stay', 'a'.repeat(253), 'a'.repeat(253)],
  ['a subfolder', 'conf.d/app.yaml', 'path-2ef6fd2d28cd6cc9-app.yaml'],
  ['a space and an umlaut', 'über uns', 'path-x-_ber_uns'],
  ['254 characters', 'a'.repeat(254), `path-x-${'a'.repeat(100)}`],
  ['a legal path that looks like a made key', 'path-0123456789abcdef-x', 'path-x-path-0123456789abcdef-x'],
  ['a single dot', '.', 'path-x-.'],
])('%s', (_, path, key) => {
  const made = fileKey(path);
  const withoutHash = made === path ? made : made.replace(/^path-[0-9a-f]{16}-/, 'path-x-');
  expect(withoutHash).toBe(key.replace(/^path-[0-9a-f]{16}-(?=app)/, 'path-x-'));
  expect(made).toMatch(/^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/);
});

const alike = [
  ...['a/b', 'a_b', 'a.b', 'a b', 'a+b', 'a-b', 'a//b', 'a\\b', 'A/b', 'a/B'],
  ...['a', 'a ', ' a', 'a.', '.a', 'a..', '. a', 'a\t', 'a\n', 'a\u00a0', 'a\u200b'],
  // One letter in four forms, and one that only looks like it.
  ...['caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'CAFE\u0301', 'caf\u0435'],
  ...['n'.repeat(253), 'n'.repeat(254), 'n'.repeat(255), 'ü'.repeat(127), 'u\u0308'.repeat(85)],
  ...['a', 'b'].flatMap((last) => [`${'n'.repeat(254)}${last}`, `d/${'n'.repeat(254)}${last}`]),
  ...['path-0123456789abcdef-x', '_', '__', '\u{1f642}', '\u{1f643}'],
];

test('paths that look alike have keys of their own', () => {
  const paths = [...alike, ...alike.map(fileKey)];
  const byKey = new Map(paths.map((path) => [fileKey(path), path]));
  expect(byKey.size).toBe(new Set(paths).size);
});

test('no two paths share a key', () => {
  const path = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed()),
    fc.string({ minLength: 1 }).map(fileKey),
    fc.constantFrom(...alike),
  );
  fc.assert(
    fc.property(path, path, (one, other) => {
      if (one !== other) expect(fileKey(one)).not.toBe(fileKey(other));
    }),
  );
});
