// Whatever the bytes: a check throws nothing, ends, and says nothing of what the file holds.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showError } from '../../../src/content/content-error.ts';
import { checkSyntax } from '../../../src/content/validate/check-syntax.ts';
import { type FileType, fileTypeOf } from '../../../src/content/validate/file-types.ts';
import { testSize } from '../../support/size.ts';
import { wildFiles } from '../../support/wild.ts';

const types: FileType[] = ['yaml', 'json', 'jsonWithComments', 'toml', 'ini', 'properties', 'xml'];
const numRuns = testSize({ usual: 200, full: 10_000 });

describe.each(types)('%s', (type) => {
  test('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(isVerdict(bytes, type)).toBe(true);
      }),
      { numRuns },
    );
  });

  test('takes any pieces of its own signs', () => {
    const piece = fc.constantFrom(
      ...'{}[]<>"\'`&*!|>-:=,;#%@\\/?.$~ \t\n\r\0ab1_',
      '\r\n',
      '---',
      '<!--',
      '&a ',
      '*a',
      '<<: ',
      '"""',
      "'''",
      '[[',
      '${',
      'é',
      '\u{1f600}',
      '\\u00',
      '<![CDATA[',
      '<!DOCTYPE',
      ' '.repeat(8),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(isVerdict(Buffer.from(pieces.join('')), type)).toBe(true);
      }),
      { numRuns },
    );
  });

  test('takes 256 KiB of the same sign over and over', () => {
    const units = [
      '[',
      '{"a":',
      '<a>',
      '<a ',
      '- ',
      'a: ',
      '&a ',
      '"',
      "'",
      '\\u',
      '\\',
      '[[a]]\n',
      'a.',
      '\0',
      '\t',
      '%',
      '<!--',
      '&',
      '*a ',
      '<<: *a\n',
      'a:\n ',
      '---\n',
      '//',
      '/*',
      '=',
      'k: |\n',
      '"""',
    ];
    for (const unit of units) {
      const bytes = Buffer.from(unit.repeat(256 * 1024).slice(0, 256 * 1024));
      expect(isVerdict(bytes, type)).toBe(true);
    }
  }, 120_000);
});

test('a broken file is told of in its own place and never in its own words', () => {
  const looked = wildFiles().flatMap(([name, bytes]) => {
    const type = fileTypeOf(name);
    return type === undefined || name === 'messages_de.properties'
      ? []
      : [{ name, text: bytes.toString(), type }];
  });
  const breaks = [
    'hunter2"',
    "'hunter2",
    '\n  - hunter2: x: [',
    '*hunter2',
    '!hunter2 {',
    '<hunter2>',
    '&hunter2',
    '\\uhunter2',
    '[hunter2',
    '"hunter2": ,',
    '\n=hunter2\n',
    '\u0001hunter2',
    '{{ hunter2 }}',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...looked),
      fc.constantFrom(...breaks),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ name, text, type }, broken, where) => {
        const at = Math.floor(where * text.length);
        const checked = checkSyntax(Buffer.from(text.slice(0, at) + broken + text.slice(at)), type);
        if (checked.kind === 'ok') return;
        expect(showError({ path: name, ...checked.finding })).not.toMatch(/hunter2/);
        expect(checked.finding.line ?? 1).toBeLessThanOrEqual(text.split('\n').length + 3);
      },
    ),
    { numRuns: numRuns * 5 },
  );
});

describe('what would mean more than there is memory for is refused', () => {
  const laughs = Array.from(
    { length: 12 },
    (_, n) =>
      `a${n}: &a${n} [${
        n === 0
          ? 'x'
          : Array(9)
              .fill(`*a${n - 1}`)
              .join(', ')
      }]`,
  );
  test.each<[what: string, text: string, type: FileType, words: RegExp]>([
    ['aliases of aliases', laughs.join('\n'), 'yaml', /aliases add more than 100000 values/],
    ['an alias within its own anchor', 'a: &a [1, *a]', 'yaml', /within its own anchor/],
    [
      'merges of merges',
      `a0: &a0 {x: 1}\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} {y${n}: [*a${n}, *a${n}], <<: *a${n}}`).join('\n')}`,
      'yaml',
      /aliases add more than/,
    ],
    [
      'entities of entities',
      `<!DOCTYPE a [${Array.from({ length: 9 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};">`).join('')}]><a>&e9;</a>`,
      'xml',
      /declares entities/,
    ],
    [
      'an entity of another file',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      'xml',
      /declares entities/,
    ],
    [
      'an entity of a DTD elsewhere',
      '<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a>&x;</a>',
      'xml',
      /does not know/,
    ],
    ['deep JSON', `${'['.repeat(100_000)}1${']'.repeat(100_000)}`, 'json', /levels deep/],
    ['deep YAML', `a: ${'{a: '.repeat(5_000)}`, 'yaml', /levels deep/],
    ['deep TOML', `a = ${'['.repeat(5_000)}`, 'toml', /levels deep/],
  ])('%s', (_, text, type, words) => {
    const checked = checkSyntax(Buffer.from(text), type);
    expect(checked.kind === 'wrong' ? checked.finding.message : '').toMatch(words);
  });
});

function isVerdict(bytes: Uint8Array, type: FileType): boolean {
  const checked = checkSyntax(bytes, type);
  if (checked.kind === 'ok') return checked.documents.every(({ placeOf }) => placeOf(['a', 0]) !== null);
  const { line = 1, column = 1, message } = checked.finding;
  return line >= 1 && column >= 1 && message !== '' && !message.includes('cannot be checked');
}
