// Whatever the bytes: an environment or errors, never an exception, in a time that grows with the size. And what is
// written by the rules comes back as it was.
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { buildEnvironment } from '../../../src/content/env/environment.ts';
import { isVariableName, joinedName } from '../../../src/content/env/variable-name.ts';
import { testSize } from '../../support/size.ts';
import { variables } from './built.ts';

const numRuns = testSize({ usual: 300, full: 20_000 });
const files = ['.env', 'a.properties', 'a.yaml', 'a.json'] as const;

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
const value = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a\r\nb', ' x ', '#', "'", '"', '\\'),
  )
  .map((text) => text.toWellFormed().replaceAll('\0', ''));
const environment = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });

// Such as the formats are made of, so that not all of it is refused at its first byte.
const piece = fc.oneof(
  fc.constantFrom(...'=:#\'"`\\\n\r\t {}[]!&*<|>-?,$%@~'),
  fc.constantFrom(
    '\r\n',
    '\\u00',
    'export ',
    'null',
    '<<',
    '---\n',
    '- ',
    '&a',
    '*a',
    '!!str ',
    '\ufeff',
    '\ud800',
    '\0',
  ),
  name,
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

describe('any file', () => {
  test.each(files)('%s gives an environment or errors with places in it', (file) => {
    const bytes = fc.oneof(
      text.map((each) => Buffer.from(each)),
      fc.uint8Array({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        const built = buildEnvironment([{ file }], [{ path: file, bytes: content }]);
        if (built.kind === 'ok') {
          for (const each of built.variables) {
            expect(isVariableName(each.name)).toBe(true);
            expect(each.value.isWellFormed() && !each.value.includes('\0')).toBe(true);
          }
          return;
        }
        expect(built.errors.length).toBeGreaterThan(0);
        const lines = Buffer.from(content)
          .toString('latin1')
          .split(/\r\n|\r|\n/).length;
        for (const { line = 1, column = 1 } of built.errors) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns },
    );
  });

  test.each([
    ['quotes', '.env', 'A="'.repeat(350_000)],
    ['backslashes', '.env', `A="${'\\'.repeat(1_000_000)}`],
    ['blanks', '.env', `${' '.repeat(500_000)}A${' '.repeat(500_000)}`],
    ['blanks before a comment', '.env', `A=${' \t'.repeat(500_000)}x`],
    ['lines that are none', '.env', 'x\n'.repeat(500_000)],
    ['names', '.env', Array.from({ length: 100_000 }, (_, index) => `A${index}=`).join('\n')],
    ['backslashes', 'a.properties', `a=${'\\'.repeat(1_000_000)}`],
    ['brackets', 'a.properties', `a${'[0'.repeat(400_000)}=1`],
    ['continued lines', 'a.properties', `a=${'\\\n'.repeat(500_000)}`],
    ['quotes', 'a.yaml', `a: ["${'"'.repeat(500_000)}`],
    ['anchors', 'a.yaml', Array.from({ length: 50_000 }, (_, index) => `a${index}: &a [*a]`).join('\n')],
    [
      'names on one line',
      'a.json',
      `{${Array.from({ length: 60_000 }, (_, index) => `"${index}":1`).join()}}`,
    ],
    ['a long key before each value', 'a.json', `{"${'k'.repeat(400_000)}":[${'1,'.repeat(300_000)}1]}`],
    ['a long key before each value', 'a.yaml', `${'k'.repeat(1_000)}: [${'1,'.repeat(300_000)}1]`],
    [
      'merges of a large map',
      'a.yaml',
      `a: &a {${Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join(', ')}}\nb: {<<: [${'*a, '.repeat(60_000)}]}`,
    ],
    ['a long line of pairs', 'a.properties', 'a\n'.repeat(500_000)],
    ['brackets', 'a.json', '[{"a":'.repeat(150_000)],
  ])('one MiB of %s in %s is read in a moment', (_, file, content) => {
    const bytes = Buffer.from(content);
    expect(buildEnvironment([{ file }], [{ path: file, bytes }]).kind).toMatch(/ok|invalid/);
  });
});

describe('comes back as it was', () => {
  const holds = (file: string, written: (values: Record<string, string>) => string): void => {
    fc.assert(
      fc.property(environment, (values) => {
        expect(variables({ [file]: written(values) })).toEqual(values);
      }),
      { numRuns },
    );
  };
  const lines = (values: Record<string, string>, each: (key: string, value: string) => string): string =>
    Object.entries(values)
      .map(([key, text]) => `${each(key, text)}\n`)
      .join('');

  test('from a dotenv file in double quotes', () => {
    const escaped = (text: string): string =>
      text
        .replaceAll(/[\\"$]/g, '\\$&')
        .replaceAll('\r', '\\r')
        .replaceAll('\n', '\\n');
    holds('.env', (values) => lines(values, (key, text) => `export ${key}="${escaped(text)}"`));
  });

  test('from a dotenv file in single quotes, where they can hold it', () => {
    const plain = environment.map((values) =>
      Object.fromEntries(Object.entries(values).filter(([, text]) => !/['\r]/.test(text))),
    );
    fc.assert(
      fc.property(plain, (values) => {
        expect(variables({ '.env': lines(values, (key, text) => `${key}='${text}'`) })).toEqual(values);
      }),
      { numRuns },
    );
  });

  test('from properties', () => {
    const escaped = (text: string): string =>
      text.replaceAll(/[^a-z]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    holds('a.properties', (values) => lines(values, (key, text) => `${key} = ${escaped(text)}`));
  });

  test('from JSON', () => holds('a.json', (values) => JSON.stringify(values)));

  test('from YAML', () => holds('a.yaml', (values) => dump(values)));
});

test('two lists of keys become one name only if they differ in what a name cannot hold', () => {
  const part = fc.stringMatching(/^[A-Z0-9]{1,4}$/);
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(joinedName(one) === joinedName(other)).toBe(one.join() === other.join());
    }),
    { numRuns },
  );
});
