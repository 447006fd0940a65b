import { expect, test } from 'vitest';
import { isRecord, jsonPointer, parseJson } from '../../src/lib/json.ts';

test.each([
  ['plain keys', ['metadata', 'labels'], '/metadata/labels'],
  ['a slash', ['labels', 'confroll.dev/config'], '/labels/confroll.dev~1config'],
  ['a tilde, escaped before the slash', ['a~/b'], '/a~0~1b'],
  ['an index', ['containers', 0], '/containers/0'],
  ['the whole document', [], ''],
  ['an empty key', [''], '/'],
])('a pointer of %s', (_, keys, pointer) => {
  expect(jsonPointer(keys)).toBe(pointer);
});

test('only objects are records', () => {
  expect([{}, [], null, 'text', 1, undefined].map(isRecord)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('what is not JSON is undefined', () => {
  expect([parseJson('{"a":1}'), parseJson('{'), parseJson('')]).toEqual([{ a: 1 }, undefined, undefined]);
});
