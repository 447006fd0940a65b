// JSON Schema over YAML, JSON and TOML: each error where a person looks for it, in words of the schema, never of the file.
import { describe, expect, test } from 'vitest';
import { type ContentError, showError } from '../../../src/content/content-error.ts';
import type { Rules } from '../../../src/content/validate/rules.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { folder, type Given } from '../files.ts';

const schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 2 },
    level: { enum: ['debug', 'info'] },
    version: { const: 2 },
    url: { type: 'string', format: 'uri' },
    server: {
      type: 'object',
      properties: { port: { type: 'integer', minimum: 1 }, host: { type: 'string', pattern: '^[a-z]+$' } },
      additionalProperties: false,
    },
    routes: { type: 'array', items: { type: 'object', required: ['id'] } },
    old: false,
  },
};

describe('an error stands where a person looks for it', () => {
  test.each<[what: string, file: string, content: string, errors: string[]]>([
    ['nothing is wrong', 'app.yaml', 'name: shop\nserver: {port: 80, host: a}\nroutes: [{id: 1}]\n', []],
    [
      'a missing key, at the mapping that lacks it',
      'app.yaml',
      '# c\nlevel: info\n',
      ['app.yaml:2:1: the document must have the key "name", says the schema schema.json'],
    ],
    [
      'a value of another type, at its key',
      'app.yaml',
      'name: shop\nserver:\n  host: a\n  port: hunter2\n',
      ['app.yaml:4:3: /server/port must be integer, says the schema schema.json'],
    ],
    [
      'a key that is not allowed, at this key',
      'app.yaml',
      'name: shop\nserver: {prot: 1}\n',
      ['app.yaml:2:10: /server/prot is not allowed here, says the schema schema.json'],
    ],
    [
      'an item of a list',
      'app.yaml',
      'name: shop\nroutes:\n  - id: 1\n  - di: 2\n',
      ['app.yaml:4:5: /routes/1 must have the key "id", says the schema schema.json'],
    ],
    [
      'several in one file, each',
      'app.yaml',
      'name: x\nlevel: hunter2\nversion: 3\nurl: "hunter2"\nold: 1\nserver: {host: A1}\n',
      [
        'app.yaml:1:1: /name must NOT have fewer than 2 characters, says the schema schema.json',
        'app.yaml:2:1: /level must be one of "debug", "info", says the schema schema.json',
        'app.yaml:3:1: /version must be 2, says the schema schema.json',
        'app.yaml:4:1: /url must match format "uri", says the schema schema.json',
        'app.yaml:5:1: /old is not allowed here, says the schema schema.json',
        'app.yaml:6:10: /server/host must match pattern "^[a-z]+$", says the schema schema.json',
      ],
    ],
    [
      'the second of several documents',
      'app.yaml',
      'name: shop\n---\nname: shop\nserver:\n  port: 0\n',
      ['app.yaml:5:3: /server/port must be >= 1, says the schema schema.json'],
    ],
    [
      'what came by a merge key, at the mapping that merges it',
      'app.yaml',
      'name: shop\nroutes:\n  - &base {id: 1}\nserver:\n  <<: *base\n',
      ['app.yaml:4:1: /server/id is not allowed here, says the schema schema.json'],
    ],
    [
      'an empty file',
      'app.yaml',
      '',
      ['app.yaml:1:1: the document must be object, says the schema schema.json'],
    ],
    [
      'JSON, in which a slash stands in a key',
      'app.json',
      '{\n  "name": "shop",\n  "a/b~c": 1\n}\n',
      ['app.json:3:3: /a/b~c is not allowed here, says the schema schema.json'],
    ],
    [
      'JSON with comments',
      'app.jsonc',
      '{\n  // the name\n  "name": "shop",\n  "server": {"port": "x",},\n}\n',
      ['app.jsonc:4:14: /server/port must be integer, says the schema schema.json'],
    ],
    [
      'TOML',
      'app.toml',
      'name = "shop"\n[server]\nport = "x"\n',
      ['app.toml:3:1: /server/port must be integer, says the schema schema.json'],
    ],
  ])('%s', (_, file, content, errors) => {
    expect(shown({ [file]: content }, schema)).toEqual(errors);
  });
});

test('dates of TOML are texts, as in JSON', () => {
  const dates = { type: 'object', properties: { since: { type: 'string', format: 'date-time' } } };
  expect(shown({ 'app.toml': 'since = 2024-05-01T07:32:00Z\nbig = 9007199254740993\n' }, dates)).toEqual([]);
});

test('a schema may be YAML, of 2020-12, and have parts of its own', () => {
  const yaml = [
    '$schema: https://json-schema.org/draft/2020-12/schema',
    '$defs: {port: {type: integer}}',
    'properties: {ports: {prefixItems: [{$ref: "#/$defs/port"}]}}',
    'unevaluatedProperties: false',
  ].join('\n');
  const rules = { ...none, schemas: [rule('schemas/app.yaml', yaml)] };
  const errors = validate(folder({ 'app.yaml': 'ports: [x]\nother: 1\n' }), rules);
  expect(errors.map(showError)).toEqual([
    'app.yaml:1:9: /ports/0 must be integer, says the schema schemas/app.yaml',
    'app.yaml:2:1: /other is not allowed here, says the schema schemas/app.yaml',
  ]);
});

describe('a schema that cannot be used says what to do', () => {
  test.each<[what: string, text: string, error: string]>([
    ['no JSON', '{', 'schema.json:1:2: a { is not closed; add the }'],
    ['no object', '[]', 'schema.json: a JSON Schema is an object; write { "type": "object", ... }'],
    [
      'no JSON Schema',
      '{"properties": {"a": {"type": "int"}}}',
      'schema.json: it is no JSON Schema: /properties/a/type must be one of "array", "boolean", "integer", "null", "number", "object", "string"',
    ],
    [
      'another draft',
      '{"$schema": "http://json-schema.org/draft-04/schema#"}',
      'schema.json: $schema names a draft of JSON Schema that is not known here; write it for draft-07 or 2020-12',
    ],
    [
      'a reference to elsewhere',
      '{"$ref": "https://example.com/schema.json"}',
      'schema.json: it refers to "https://example.com/schema.json", which is not in it, and nothing is loaded from elsewhere; put that part under $defs of the schema itself',
    ],
    [
      'a reference that leads nowhere',
      '{"$ref": "#/definitions/a"}',
      'schema.json: it refers to "#/definitions/a", which is not in it, and nothing is loaded from elsewhere; put that part under $defs of the schema itself',
    ],
    [
      'no regular expression',
      '{"pattern": "("}',
      'schema.json: one of its patterns is no regular expression; correct it',
    ],
    ['a promise', '{"$async": true}', 'schema.json: $async is no part of JSON Schema; take it out'],
    [
      'itself without end',
      '{"$ref": "#"}',
      'app.yaml: the schema schema.json cannot be applied to it: it may refer to itself without end',
    ],
  ])('%s', (_, text, error) => {
    const errors = validate(folder({ 'app.yaml': 'name: shop\n' }), {
      ...none,
      schemas: [rule('schema.json', text)],
    });
    expect(errors.map(showError)).toEqual([error]);
  });
});

test('what a schema wants of many values is told of the first ten, and does not take long', () => {
  const many = JSON.stringify(Array.from({ length: 20_000 }, () => 'x'));
  const errors = shown({ 'app.json': many }, { items: { type: 'integer' } });
  expect(errors).toHaveLength(10);
});

test('schemas see the files that their globs name, and none that is left out', () => {
  const files = {
    'a/app.yaml': 'x: 1\n',
    'b/app.yaml': 'x: 1\n',
    'a/b/c.yaml': 'x: 1\n',
    '.hidden/d.yaml': 'x: 1\n',
  };
  const paths = (globs: string[], skip: string[] = []): string[] => {
    const strict = {
      files: globs,
      schema: { name: 's', bytes: Buffer.from('{"additionalProperties": false}') },
    };
    const errors = validate(folder(files), { ...none, skip, schemas: [strict] });
    return errors.map(({ path }) => path).filter((path) => path !== 'spec.validate.schemas');
  };
  expect(paths(['a/*'])).toEqual(['a/app.yaml']);
  expect(paths(['a/**'])).toEqual(['a/app.yaml', 'a/b/c.yaml']);
  expect(paths(['**'])).toHaveLength(4);
  expect(paths(['*/app.{yaml,yml}'], ['b/**'])).toEqual(['a/app.yaml']);
  expect(paths(['app.yaml'])).toEqual([]);
});

test('files that must be there, by name and by glob', () => {
  const rules = { ...none, required: ['app.yaml', 'rules/*.yaml', 'rules/**/*.json', '[a].txt'] };
  const files = folder({ 'app.yaml': 'a: 1\n', 'rules/x/y.json': '1', '[a].txt': '' });
  expect(validate(files, rules).map(showError)).toEqual([
    '"rules/*.yaml": no such file would be published, and spec.validate.required asks for it; push it, select it, or take it out of the spec',
  ]);
});

test('a glob that is not understood is an error of the spec', () => {
  const rules = {
    skip: ['!a'],
    required: ['a**'],
    allowSecrets: ['a(b)'],
    schemas: [{ ...rule('s.json', '{}'), files: ['a['] }],
  };
  expect(validate(folder({ a: '1' }), rules).map(showError)).toEqual([
    'spec.validate.schemas: the glob "a[" has a \'[\' that is never closed: write \\[ for the character',
    'spec.validate.skip: the glob "!a" begins with \'!\', and there is no negation: name the files themselves, or write \\!',
    'spec.validate.required: the glob "a**" has \'**\' beside other characters: it stands alone between slashes, as in **/*.yaml',
    'spec.likelySecrets.allow: the glob "a(b)" has a \'(\', which means something else in other programs: write \\( for the character',
  ]);
});

test('globs that take too long are given up, in words', () => {
  const skip = Array.from({ length: 32 }, () => `${'**/*a*'.repeat(1)}${'/**/*a*b'.repeat(30)}`);
  const name = `${'a'.repeat(250)}/`.repeat(15);
  const files = folder(
    Array.from({ length: 300 }, (_, index) => [`${name}${index}.yaml`, 'a: 1\n'] as const),
  );
  expect(validate(files, { ...none, skip }).map(showError)).toEqual([
    'spec.validate: comparing the names of the files with the globs takes too long; write fewer or simpler ones',
  ]);
});

const none: Rules = { skip: [], required: [], schemas: [] };

function rule(name: string, text: string): Rules['schemas'][number] {
  return { files: ['**'], schema: { name, bytes: Buffer.from(text) } };
}

function shown(files: Record<string, Given>, schemaObject: object): string[] {
  const rules = { ...none, schemas: [rule('schema.json', JSON.stringify(schemaObject))] };
  const errors: ContentError[] = validate(folder(files), rules);
  return errors.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)).map(showError);
}
