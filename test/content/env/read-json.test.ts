// JSON as variables.
import { describe, expect, test } from 'vitest';
import { errors, variables } from './built.ts';

describe('JSON', () => {
  test('is read like YAML', () => {
    const text =
      '{"a": {"b-c": [1.10, true, null, "\\u00e4", {"d": "x"}, [], {}, 3]}, "e": 12345678901234567890}';
    expect(variables({ 'a.json': text })).toEqual({
      A_B_C_0: '1.10',
      A_B_C_1: 'true',
      A_B_C_2: '',
      A_B_C_3: 'ä',
      A_B_C_4_D: 'x',
      A_B_C_7: '3',
      E: '12345678901234567890',
    });
  });

  test.each([
    ['broken', '{"a": 1,\n "b" 2}', /^a\.json:2:6: a ':' is expected behind the key; add it$/],
    ['with comments', '{\n// no\n}', /^a\.json:2:1: JSON has no comments;/],
    ['a list', ' [1]', /^a\.json:1:2: it must be an object/],
    ['empty', '', /^a\.json:1:1: a value is expected;/],
    ['deep nesting', `{"a":${'['.repeat(200_000)}`, /^a\.json:1:\d+: it is nested deeper than 100 levels$/],
    [
      'the same key twice',
      '{"a": 1,\n "A": 2}',
      /^a\.json:2:2: it gives the variable A, and so does line 1;/,
    ],
    ['an empty key', '{"": 1}', /^a\.json:1:2: its name cannot/],
  ])('refused: %s', (_, text, expected) => {
    const [first, ...others] = errors({ 'a.json': text });
    expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });
});
