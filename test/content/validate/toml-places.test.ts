// Each key of a TOML file is found where it stands, whatever stands around it.
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { tomlPlaces } from '../../../src/content/validate/toml-places.ts';
import { wildFiles, withWindowsLineEnds } from '../../support/wild.ts';

const text = [
  '# c',
  'name = "x" # = [',
  '[server]',
  'port = "a"',
  `"host.name" = 'b#'`,
  'tls.cert = """',
  '[not] = 1',
  '\\""" is no end, but this is: """""',
  'list = [',
  '  1, # ]',
  '  { a = 1 },',
  ']',
  '',
  '[[routes]]',
  'id = 1',
  '[routes.sub]',
  'x = 1',
  '[[routes]] # second',
  'id = 2',
  '  [routes.sub]',
  "  x = '''",
  "y = 2 '' ]'''",
  '[[routes.inner]]',
  'q = 1',
  '["a]b".c]',
  'd = { e = 1 }',
].join('\n');

test('the text is TOML', () => {
  expect(Object.keys(parse(text))).toEqual(['name', 'server', 'routes', 'a]b']);
});

describe.each([
  ['as it is', text],
  ['with Windows line ends', withWindowsLineEnds(Buffer.from(text)).toString()],
])('%s', (_, given) => {
  test.each<[keys: (string | number)[], place: string]>([
    [['name'], '2:1'],
    [['server'], '3:1'],
    [['server', 'port'], '4:1'],
    [['server', 'host.name'], '5:1'],
    [['server', 'tls', 'cert'], '6:1'],
    [['server', 'list', 1, 'a'], '9:1'],
    [['routes'], '14:1'],
    [['routes', 0, 'sub', 'x'], '17:1'],
    [['routes', 1], '18:1'],
    [['routes', 1, 'id'], '19:1'],
    [['routes', '1', 'sub', 'x'], '21:3'],
    [['routes', 1, 'inner', 0, 'q'], '24:1'],
    [['a]b', 'c', 'd', 'e'], '26:1'],
    [['none'], '1:1'],
    [[], '1:1'],
  ])('%j is at %s', (keys, place) => {
    const { line, column } = tomlPlaces(given)(keys);
    expect(`${line}:${column}`).toBe(place);
  });
});

test('each key of a file in the wild is on the line that is named for it', () => {
  const wild =
    wildFiles()
      .find(([name]) => name === 'traefik.toml')?.[1]
      .toString() ?? '';
  const lines = wild.split('\n');
  const walk = (value: unknown, keys: (string | number)[]): void => {
    if (typeof value !== 'object' || value === null || value instanceof Date) return;
    for (const [key, each] of Object.entries(value)) {
      const path = [...keys, key];
      const line = lines[tomlPlaces(wild)(path).line - 1];
      // Elements of a list are found at its key, and a value of an inline table at the table's.
      expect(path.some((part) => line?.includes(String(part)))).toBe(true);
      walk(each, path);
    }
  };
  expect(lines.length).toBeGreaterThan(20);
  walk(parse(wild), []);
});
