// A schema that is compared with no file lets everything pass, so it is refused.
import { describe, expect, test } from 'vitest';
import { showError } from '../../../src/content/content-error.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { folder } from '../files.ts';

const files = folder({
  'app.yaml': 'a: 1\n',
  'app.conf': 'a 1\n',
  'app.ini': 'a=1\n',
  'x.tpl.json': '{{ a }}',
  'deep/app.toml': 'a = 1\n',
});

function told(globs: readonly string[], skip: readonly string[] = ['*.tpl.*']): string[] {
  const schemas = [{ files: globs, schema: { name: 's.json', bytes: Buffer.from('{}') } }];
  return validate(files, { skip, required: [], schemas }).map(showError);
}

describe('refused, and what to do', () => {
  test.each<[what: string, globs: string[], message: string]>([
    [
      'a mistyped name',
      ['ap.yaml'],
      'the schema s.json for "ap.yaml" is compared with no file: the folder has none of that name; correct files, or take the schema out until there is one',
    ],
    [
      'only the first globs are repeated',
      ['1', '2', '3', '4'],
      'the schema s.json for "1", "2", "3" and others is compared with no file: the folder has none of that name; correct files, or take the schema out until there is one',
    ],
    [
      'a type that nothing is known of',
      ['*.conf'],
      'the schema s.json for "*.conf" is compared with no file: by its name "app.conf" is no YAML, JSON or TOML, and a schema describes nothing else; name other files, or take the schema out',
    ],
    [
      'a type that no schema describes',
      ['*.ini'],
      'the schema s.json for "*.ini" is compared with no file: by its name "app.ini" is no YAML, JSON or TOML, and a schema describes nothing else; name other files, or take the schema out',
    ],
    [
      'a file that is left out of the check',
      ['*.json'],
      'the schema s.json for "*.json" is compared with no file: "x.tpl.json" is left out by spec.validate.skip; correct skip, or take the schema out',
    ],
  ])('%s', (_, globs, message) => {
    expect(told(globs)).toEqual([`spec.validate.schemas: ${message}`]);
  });
});

test.each<[what: string, globs: string[], skip?: string[]]>([
  ['one file among others is enough', ['**']],
  ['one glob among others is enough', ['ap.yaml', 'deep/*.toml']],
  ['leaving out everything switches schemas off', ['app.yaml'], ['**']],
])('%s', (_, globs, skip) => {
  expect(told(globs, skip)).toEqual([]);
});

test('a file that is not well-formed is one all the same', () => {
  const schemas = [{ files: ['a.yaml'], schema: { name: 's.json', bytes: Buffer.from('{}') } }];
  const errors = validate(folder({ 'a.yaml': '[' }), { skip: [], required: [], schemas });
  expect(errors.map(({ path }) => path)).toEqual(['a.yaml']);
});

test('a file that only gives variables is one', () => {
  const schemas = [{ files: ['a.yaml'], schema: { name: 's.json', bytes: Buffer.from('{}') } }];
  const rules = { skip: [], required: [], schemas };
  expect(validate(folder({ x: '' }), rules, folder({ 'a.yaml': 'A: b\n' }))).toEqual([]);
});
