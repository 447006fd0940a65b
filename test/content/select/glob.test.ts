// The dialect of globs: what each matches, what is refused, and that no pattern makes it slow.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGlob } from '../../../src/content/select/glob.ts';

function matches(glob: string, path: string): boolean {
  const parsed = parseGlob(glob);
  if (parsed.kind === 'invalid') throw new Error(`${glob} ${parsed.why}`);
  return parsed.glob.matches(path.split('/'), { count: 0 });
}

test.each<[glob: string, matching: string[], others: string[]]>([
  ['app.yaml', ['app.yaml'], ['App.yaml', 'conf/app.yaml', 'app.yaml/x', 'appxyaml']],
  ['*', ['app.yaml', '.hidden', '*'], ['conf/app.yaml']],
  ['*.yaml', ['app.yaml', '.yaml', '.a.yaml'], ['a.yml', 'conf/app.yaml', 'a.yaml.bak']],
  ['*a*b*', ['ab', 'xaxbx', 'aab'], ['ba', 'a']],
  ['a?c', ['abc', 'a.c', 'a名c', 'a😀c'], ['ac', 'abbc', 'a/c']],
  ['**', ['a', 'a/b', '.a/.b'], []],
  ['**/*.yaml', ['a.yaml', 'b/a.yaml', 'b/c/.a.yaml'], ['a.yml']],
  ['conf/**', ['conf/a', 'conf/b/c'], ['conf', 'confs/a', 'a/conf/b']],
  ['conf/', ['conf/a', 'conf/b/c'], ['conf']],
  ['**/conf/**', ['conf/a', 'x/conf/a/b'], ['conf', 'x/conf']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/bb', 'ab']],
  ['a/**/**/b', ['a/b', 'a/x/b'], ['b']],
  ['*.{yaml,yml}', ['a.yaml', 'a.yml'], ['a.yamlyml', 'a.']],
  ['{a,b*}{c,}', ['ac', 'a', 'b', 'bxc'], ['c']],
  ['[a-c][!x]', ['ab', 'c名'], ['ax', 'dx', 'a']],
  ['\\*\\[x\\]\\{y\\}\\!', ['*[x]{y}!'], ['a[x]{y}!']],
  ['\\!a', ['!a'], ['b']],
  ['a+(b)@!$^'.replaceAll(/[()]/g, '\\$&'), ['a+(b)@!$^'], ['ab']],
  ['größe/名*', ['größe/名前'], ['grösse/名']],
])('%s', (glob, matching, others) => {
  for (const path of matching) expect(matches(glob, path), path).toBe(true);
  for (const path of others) expect(matches(glob, path), path).toBe(false);
});

test.each<[glob: string, why: RegExp]>([
  ['', /is empty/],
  ['/a', /has a '\/' at its start/],
  ['a//b', /two in a row/],
  ['../a', /has the part '\.\.'/],
  ['./a', /has the part '\.'/],
  ['!a', /there is no negation.*write \\!/],
  ['a**', /'\*\*' beside other characters.*\*\*\/\*\.yaml/],
  ['+(a|b)', /'\('.*write \\\(/],
  ['a|b', /'\|'/],
  ['[a', /'\[' that is never closed/],
  ['[a/b]', /'\[' that is never closed/],
  ['[]-]', /empty brackets/],
  ['[[:alpha:]]', /'\[' within brackets/],
  ['[b-a]', /range that goes backwards/],
  ['{a', /'\{' that is never closed/],
  ['{a}', /braces without a ','/],
  ['{a,{b,c}}', /braces within braces/],
  ['a]', /'\]' without its beginning/],
  ['a\\', /ends with/],
  ['a\u0001', /control character/],
  ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', /more than 32 names/],
  ['a'.repeat(257), /more than 256 characters/],
])('%j is refused with words', (glob, why) => {
  expect(parseGlob(glob)).toMatchObject({ kind: 'invalid', why: expect.stringMatching(why) });
});

describe('whatever the glob', () => {
  // Each piece beside the regular expression that says the same.
  const pieces = {
    a: 'a',
    b: 'b',
    '.': '\\.',
    '-': '-',
    '*': '[^/]*',
    '?': '[^/]',
    '[ab]': '[ab]',
    '[!a-b]': '[^a-b/]',
    '{a,bb}': '(?:a|bb)',
    '{*a,}': '(?:[^/]*a|)',
    '\\*': '\\*',
    ä: 'ä',
  };
  const piece = fc.constantFrom(...Object.entries(pieces));
  const joined = (each: [string, string][]) => [
    each.map(([text]) => text).join(''),
    each.map(([, pattern]) => pattern).join(''),
  ];
  const part = fc.oneof(
    { weight: 1, arbitrary: fc.constant(['**', '**']) },
    {
      weight: 3,
      arbitrary: fc
        .array(piece, { minLength: 1, maxLength: 4 })
        .map(joined)
        .filter(([text = '']) => !text.includes('**')),
    },
  );
  const glob = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => {
    const last = parts.length - 1;
    const patterns = parts.map(([, pattern], index) =>
      pattern === '**' ? (index === last ? '.+' : '(?:[^/]+/)*') : `${pattern}${index === last ? '' : '/'}`,
    );
    return {
      text: parts.map(([text]) => text).join('/'),
      pattern: new RegExp(`^${patterns.join('')}$`, 'u'),
    };
  });
  const name = fc
    .array(fc.constantFrom('a', 'b', '.', '-', '*', 'ä', '名'), { minLength: 1, maxLength: 4 })
    .map((letters) => letters.join(''));
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

  test('it matches what the regular expression does', () => {
    fc.assert(
      fc.property(glob, path, ({ text, pattern }, each) => {
        fc.pre(parseGlob(text).kind === 'ok');
        expect(matches(text, each), pattern.source).toBe(pattern.test(each));
      }),
      { numRuns: 5_000 },
    );
  });

  test('it is read or refused, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.string({ unit: 'binary' }),
        (pattern, text) => {
          const parsed = parseGlob(pattern);
          if (parsed.kind === 'ok') parsed.glob.matches(text.split('/'), { count: 0 });
          else expect(parsed.why).toMatch(/^(?:is|has|begins|ends) /);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('the steps are at most the one length times the other', () => {
    const stars = `${'*a'.repeat(127)}b`;
    const parsed = parseGlob(stars);
    if (parsed.kind === 'invalid') throw new Error(parsed.why);
    const steps = { count: 0 };
    expect(parsed.glob.matches(['a'.repeat(100_000)], steps)).toBe(false);
    expect(steps.count).toBeLessThan(2 * 255 * 100_000);
  });
});
