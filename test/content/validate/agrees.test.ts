// The checks agree with those who read the files: JSON.parse takes what is taken here, and a place is where a key stands.
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { checkSyntax } from '../../../src/content/validate/check-syntax.ts';
import type { CheckedDocument } from '../../../src/content/validate/checked.ts';
import type { FileType } from '../../../src/content/validate/file-types.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { testSize } from '../../support/size.ts';
import { folder } from '../files.ts';

const numRuns = testSize({ usual: 300, full: 10_000 });
const key = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string({ maxLength: 8 }),
    fc.boolean(),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
}));

test('JSON is what JSON.parse takes, save for keys that are there twice', () => {
  const text = fc.oneof(
    fc.json(),
    fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', '[', '0', '.', '\\', '\n', '\u00a0', '//'),
      )
      .map(([json, at, put]) => {
        const where = at % (json.length + 1);
        return json.slice(0, where) + put + json.slice(where + (put === '' ? 1 : 0));
      }),
  );
  fc.assert(
    fc.property(text, (json) => {
      const checked = checkSyntax(Buffer.from(json), 'json');
      if (checked.kind === 'ok') expect(checked.documents[0]?.value).toEqual(JSON.parse(json));
      else if (!checked.finding.message.includes('twice')) expect(() => JSON.parse(json)).toThrow();
    }),
    { numRuns },
  );
});

test.each<[FileType, (value: unknown) => string]>([
  ['json', (value) => JSON.stringify(value, null, 2)],
  ['jsonWithComments', (value) => `// one\n${JSON.stringify(value, null, 2).replaceAll('\n', ' // two\n')}`],
  ['yaml', (value) => dump(value)],
  ['yaml', (value) => `# one\n---\n${JSON.stringify(value, null, 1)}`],
])('in %s each value is read back, and each key has the place where it stands', (type, write) => {
  fc.assert(
    fc.property(tree.map, (value) => {
      const text = write(value);
      const checked = checkSyntax(Buffer.from(text), type);
      const document = checked.kind === 'ok' ? checked.documents[0] : undefined;
      expect(document?.value).toEqual(value);
      if (document !== undefined)
        eachKey(value, [], (keys, name) => expect(textAt(text, document, keys)).toBe(name));
    }),
    { numRuns },
  );
});

test('whatever a schema says, something comes of it', () => {
  const keyword = fc.constantFrom(
    'type',
    'properties',
    'items',
    'required',
    'enum',
    'const',
    'allOf',
    'anyOf',
    'not',
    'if',
    'then',
    '$ref',
    '$id',
    '$schema',
    '$defs',
    'format',
    'minimum',
    'additionalProperties',
    'dependentRequired',
    'propertyNames',
    'unevaluatedProperties',
    '$dynamicRef',
    '$anchor',
    'multipleOf',
    'uniqueItems',
    'contains',
    'discriminator',
    'nullable',
    '$async',
    '$comment',
  );
  const word = fc.constantFrom(
    'object',
    'string',
    'integer',
    '#',
    '#/$defs/a',
    'a',
    'https://json-schema.org/draft/2020-12/schema',
    'http://json-schema.org/draft-07/schema#',
    'uri',
    '__proto__',
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.integer({ min: -2, max: 3 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('schema'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(keyword, fc.constantFrom('a', 'constructor')), tie('schema'), { maxKeys: 4 }),
    ),
  }));
  const files = folder({ 'a.yaml': 'a: {a: [1, x, {a: true}]}\ntype: object\n', 'b.json': '[]' });
  fc.assert(
    fc.property(schema, (given) => {
      const bytes = Buffer.from(JSON.stringify(given));
      const schemas = [{ files: ['**'], schema: { name: 's.json', bytes } }];
      const errors = validate(files, { skip: [], required: [], schemas });
      expect(errors.every(({ message }) => message !== '' && !message.includes('undefined'))).toBe(true);
    }),
    { numRuns },
  );
});

function eachKey(
  value: unknown,
  keys: (string | number)[],
  visit: (keys: (string | number)[], name: string) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    const path = [...keys, Array.isArray(value) ? Number(name) : name];
    if (!Array.isArray(value)) visit(path, name);
    eachKey(each, path, visit);
  }
}

function textAt(text: string, { placeOf }: CheckedDocument, keys: (string | number)[]): string | undefined {
  const { line = 0, column = 0 } = placeOf(keys) ?? {};
  return /^["']?([a-z0-9]+)/.exec(text.split('\n')[line - 1]?.slice(column - 1) ?? '')?.[1];
}
