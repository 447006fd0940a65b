import { describe, expect, test } from 'vitest';
import { codeOf } from './code.ts';
import { filesOf, textOf } from './repository.ts';

describe('code without comments and strings', () => {
  test.for([
    ['a line comment', 'a(); // b!.c', 'a();'],
    ['a comment over lines', 'a();/* b!\n c */d();', 'a(); \n d();'],
    ['a string', "a('b!.c \\' // d');", 'a( );'],
    ['an address in a string', "a('https://b'); c!.d;", 'a( ); c!.d;'],
    ['a template', 'a(`b!.c`); d!.e;', 'a( ); d!.e;'],
    ['a regular expression', "a(/b!'[/]/.test(c));", 'a( .test(c));'],
    ['no division', 'a = b / c / d!.e;', 'a = b / c / d!.e;'],
  ] as const)('blanks %s', ([, source, expected]) => {
    const shown = codeOf(source).replaceAll(/[^\S\n]+/g, ' ');
    expect(shown.trim()).toBe(expected);
  });

  test('keeps every place where it was', () => {
    for (const file of filesOf('src/**/*.ts')) {
      const [source, code] = [textOf(file), codeOf(textOf(file))];
      expect(code.length, file).toBe(source.length);
      expect(code.split('\n').length, file).toBe(source.split('\n').length);
    }
  });
});
