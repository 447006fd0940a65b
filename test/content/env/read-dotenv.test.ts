// Lines of NAME=value as people write them, and what is said of lines that are something else.
import { describe, expect, test } from 'vitest';
import { errors, variables } from './built.ts';

const lines = (...all: string[]): string => all.join('\n');
// As a shell writes a variable; a template of our own it is not.
const braced = ['$', '{HOME}'].join('');

describe('.env', () => {
  test.each([
    ['plain', 'A=1\nB_2=two words\n', { A: '1', B_2: 'two words' }],
    ['nothing at all', '', {}],
    ['an empty value', 'A=\nB=""\nC=   \n', { A: '', B: '', C: '' }],
    ['comments and empty lines', '# A=1\n\n  # B=2\nC=3', { C: '3' }],
    ['a comment behind a value', 'A=1 # one\nB="2" # two\nC= # nothing', { A: '1', B: '2', C: '' }],
    ['a # without a blank before it', 'A=#fff\nB=a#b\nC="#"', { A: '#fff', B: 'a#b', C: '#' }],
    ['blanks around', '  A = 1 \n\tB\t=\t2\t\n', { A: '1', B: '2' }],
    ['blanks in quotes', 'A=" 1 "\nB=\' 2 \'', { A: ' 1 ', B: ' 2 ' }],
    ['export', 'export A=1\n  export\tB="2"\nexport=3', { A: '1', B: '2', export: '3' }],
    [
      'escapes in double quotes only',
      lines(String.raw`A="a\n\t\r\"\\\$\x"`, String.raw`B='a\n\'`, String.raw`C=a\n`),
      { A: 'a\n\t\r"\\$\\x', B: 'a\\n\\', C: 'a\\n' },
    ],
    [
      'several lines',
      'A="one\ntwo\n"\nB=\'three\nfour\'\nC=5',
      { A: 'one\ntwo\n', B: 'three\nfour', C: '5' },
    ],
    ['Windows line ends', 'A=1\r\nB="one\r\ntwo"\r\n\r\nC=3\r\n', { A: '1', B: 'one\ntwo', C: '3' }],
    ['a byte order mark', '\ufeffA=1', { A: '1' }],
    ['nothing put in, nothing run', `A=$HOME\nB="$(id)"\nC=${braced}`, { A: '$HOME', B: '$(id)', C: braced }],
    ['an equals sign and quotes inside', 'A=b=c==\nB=it\'s "so"', { A: 'b=c==', B: 'it\'s "so"' }],
    [
      'names with dots and dashes, as containers may have',
      'discovery.type=single-node\na-b=1',
      { 'discovery.type': 'single-node', 'a-b': '1' },
    ],
    ['any script', 'A=größer 世界 🙂', { A: 'größer 世界 🙂' }],
    [
      'names of object prototypes',
      '__proto__=1\nconstructor=2',
      JSON.parse('{"__proto__":"1","constructor":"2"}'),
    ],
  ])('%s', (_, text, expected) => {
    expect(variables({ '.env': text })).toEqual(expected);
  });

  test('all that is wrong is told at once, by line', () => {
    const text = lines('A=1', 'just words', ' B', '=x', '1C=1', 'D="x"y', 'E=`x`', 'export F', 'A=2', "G='x");
    expect(errors({ '.env': text })).toEqual([
      '.env:2:1: it is no NAME=value, no comment and not empty',
      '.env:3:2: it is no NAME=value, no comment and not empty',
      '.env:4:1: it is no NAME=value, no comment and not empty',
      '.env:6:1: something stands behind the closing quote of its value; a comment needs a blank before #',
      '.env:7:1: its value begins with a backtick; quote it with \' or "',
      '.env:8:1: it is no NAME=value, no comment and not empty',
      '.env:10:1: the quote at the beginning of its value is never closed',
    ]);
  });
});
