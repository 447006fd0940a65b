// Java properties as variables.
import { describe, expect, test } from 'vitest';
import { errors, variables } from './built.ts';

describe('properties', () => {
  test.each([
    [
      'keys with dots',
      'spring.datasource.url=jdbc:h2:mem\nlog-level: debug\n',
      { SPRING_DATASOURCE_URL: 'jdbc:h2:mem', LOG_LEVEL: 'debug' },
    ],
    ['lists', 'hosts[0]=a\nhosts[1].name=b', { HOSTS_0: 'a', HOSTS_1_NAME: 'b' }],
    ['every separator', 'a=1\nb:2\nc 3\nd\te\n', { A: '1', B: '2', C: '3', D: 'e' }],
    ['no value', 'a\nb=\nc:\n', { A: '', B: '', C: '' }],
    ['comments', '# a=1\n! b=2\nc=3 # no comment', { C: '3 # no comment' }],
    ['continued lines', 'a=1,\\\n   2,\\\r\n   3\nb\\\n c=4', { A: '1,2,3', BC: '4' }],
    ['escapes', 'a=\\u00e4\\t\\n\\\\u0041\\:\nb=x \\ ', { A: 'ä\t\n\\u0041:', B: 'x  ' }],
    ['Windows line ends', 'a=1\r\nb=2\r\n', { A: '1', B: '2' }],
    ['a byte order mark', '\ufeffa=1', { A: '1' }],
  ])('%s', (_, text, expected) => {
    expect(variables({ 'app.properties': text })).toEqual(expected);
  });

  test('a broken escape is told by line', () => {
    expect(errors({ 'a.properties': 'a=1\nb=\\\\u\nc=x\\u12g4' })).toEqual([
      'a.properties:3:4: four hex digits must follow \\u; a backslash itself is written \\\\',
    ]);
  });
});
