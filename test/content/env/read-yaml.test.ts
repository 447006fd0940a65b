// YAML as variables: what is written there, and what is said of files that mean harm or something else.
import { describe, expect, test } from 'vitest';
import { errors, variables } from './built.ts';

describe('YAML', () => {
  test.each([
    ['flat', 'LOG_LEVEL: debug\nPORT: 8080\n', { LOG_LEVEL: 'debug', PORT: '8080' }],
    [
      'nested',
      'spring:\n  datasource:\n    url: jdbc\n  main.banner-mode: "off"\n',
      { SPRING_DATASOURCE_URL: 'jdbc', SPRING_MAIN_BANNER_MODE: 'off' },
    ],
    ['lists', 'hosts: [a, {name: b}]\nempty: []\nnone: {}\n', { HOSTS_0: 'a', HOSTS_1_NAME: 'b' }],
    [
      'what is written, not what it means',
      'a: 1.10\nb: yes\nc: 010\nd: 2026-11-24\ne: True\nf: 1e400\ng: 0x1F',
      { A: '1.10', B: 'yes', C: '010', D: '2026-11-24', E: 'True', F: '1e400', G: '0x1F' },
    ],
    [
      'null and nothing',
      'a: null\nb: ~\nc:\nd: ""\ne: "null"\nf: !!str null',
      { A: '', B: '', C: '', D: '', E: 'null', F: 'null' },
    ],
    [
      'texts of several lines',
      'a: |\n  one\n  two\nb: >-\n  one\n  two\nc: "x\n  y"\n',
      { A: 'one\ntwo\n', B: 'one two', C: 'x y' },
    ],
    ['Windows line ends', 'a: |\r\n  one\r\n  two\r\nb: 1\r\n', { A: 'one\ntwo\n', B: '1' }],
    ['aliases', 'a: &x {p: 1, q: &y 2}\nb: *x\nc: *y\n', { A_P: '1', A_Q: '2', B_P: '1', B_Q: '2', C: '2' }],
    [
      'an anchor that is given again',
      'a: &x 1\nb: &y {p: *x}\nc: &x 2\nd: *y\ne: *x',
      { A: '1', B_P: '1', C: '2', D_P: '1', E: '2' },
    ],
    [
      'merge keys: what stands in the map itself wins, then what is merged first',
      'x: &x {p: 1, q: {r: 1}}\ny: &y {<<: *x, p: 2, s: 2}\nz: {t: 3, <<: [*y, *x, {t: 4, u: 4}]}',
      {
        X_P: '1',
        X_Q_R: '1',
        Y_P: '2',
        Y_Q_R: '1',
        Y_S: '2',
        Z_P: '2',
        Z_Q_R: '1',
        Z_S: '2',
        Z_T: '3',
        Z_U: '4',
      },
    ],
    ['known tags', 'a: !!str 1\nb: !!int "2"\nc: ! 3', { A: '1', B: '2', C: '3' }],
    ['nothing', '', {}],
    ['comments only', '# nothing\n---\n# more\n', {}],
    ['documents that hold nothing beside one that does', '---\n# no\n---\na: 1\n---\n# none\n', { A: '1' }],
    ['capitals of ASCII alone', 'Ab: 1', { AB: '1' }],
  ])('%s', (_, text, expected) => {
    expect(variables({ 'app.yaml': text })).toEqual(expected);
  });

  test.each([
    ['broken', 'a: 1\nb: [1', /^app\.yaml:2:\d+: a \{ or \[ is not closed;/],
    ['several documents', 'a: 1\n---\nb: 2', /^app\.yaml:3:1: it has more than one document \(---\)/],
    ['a list', '- 1', /^app\.yaml:1:1: it must be a map/],
    ['a text', 'just words', /^app\.yaml:1:1: it must be a map/],
    ['a merge key of no map', 'x:\n  <<: 1', /^app\.yaml:2:7: '<<' takes a map, or a list of maps$/],
    ['a merge of itself', 'a: &a {<<: *a}', /^app\.yaml:1:\d+: with its aliases/],
    ['merges that double', mergesThatDouble(), /^app\.yaml:\d+:\d+: with its aliases/],
    [
      'a key in a merged map twice',
      'x: &x {p: 1, p: 2}',
      /^app\.yaml:1:\d+: it gives the variable X_P, and so does line 1;/,
    ],
    ['a key that is no text', 'a: 1\n? [b]\n: c', /^app\.yaml:2:3: a key must be plain text/],
    ['an alias of nothing', 'a:\n  b: *x', /^app\.yaml:2:3: its alias/],
    ['a tag of somebody', 'a: !vault x', /^app\.yaml:1:1: its tag/],
    ['an alias of itself', 'a: &a [*a]', /^app\.yaml:1:\d+: with its aliases/],
    ['a billion laughs', billionLaughs(), /^app\.yaml:\d+:\d+: with its aliases/],
    ['deep nesting', '['.repeat(200_000), /^app\.yaml:1:\d+: it nests more than 100 levels deep/],
    [
      'keys that differ in capitals',
      'a.b: 1\na:\n  B: 2\n',
      /^app\.yaml:3:3: it gives the variable A_B, and so does line 1;/,
    ],
    ['the same key twice', 'a: 1\na: 2\n', /^app\.yaml:2:1: it gives the variable A, and so does line 1;/],
    [
      'a name that no container may have',
      'ok: 1\n1st: 2\n',
      /^app\.yaml:2:1: its name cannot be that of a variable: /,
    ],
    ['letters that only look allowed', 'straße: 1', /^app\.yaml:1:1: its name cannot/],
    ['a NUL', 'a: "x\\0y"', /^app\.yaml:1:1: the value of A holds a NUL character/],
    ['half a character', 'a: "\\ud800"', /^app\.yaml:1:1: the value of A holds half of a character/],
    [
      'a variable that no process starts with',
      `a: ${'x'.repeat(131_072)}`,
      /^app\.yaml:1:1: A is 128\.01 KiB/,
    ],
    [
      'too many bytes',
      `a: ${'x'.repeat(130_000)}\nb: ${'x'.repeat(130_000)}\nc: ${'x'.repeat(3_000)}`,
      /^app\.yaml: the 3 variables of spec.env are 256\.\d+ KiB/,
    ],
  ])('refused: %s', (_, text, expected) => {
    const [first, ...others] = errors({ 'app.yaml': text });
    expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });
});

function billionLaughs(): string {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `a${level}: &a${level} [${level === 0 ? 'x' : `*a${level - 1}, *a${level - 1}`}]`,
  );
  return levels.join('\n');
}

function mergesThatDouble(): string {
  const levels = Array.from(
    { length: 30 },
    (_, level) => `a${level}: &a${level} {<<: [${level === 0 ? '' : `*a${level - 1}, *a${level - 1}`}]}`,
  );
  return levels.join('\n');
}
