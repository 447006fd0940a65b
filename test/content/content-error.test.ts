// One refusal for all errors of a commit: in order, each on a line with its place, and no longer than a condition may be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ContentError, refuse, showError } from '../../src/content/content-error.ts';

const error = (path: string, line?: number, column?: number, message = 'wrong'): ContentError => ({
  path,
  message,
  ...(line === undefined ? {} : { line }),
  ...(column === undefined ? {} : { column }),
});

test('one error is its place and its words', () => {
  expect(refuse([error('conf/app.yaml', 3, 5)])).toEqual({
    kind: 'rejected',
    reason: 'Invalid',
    message: 'conf/app.yaml:3:5: wrong',
    errors: [error('conf/app.yaml', 3, 5)],
  });
});

test('several come in the order of path, line and column, behind their number', () => {
  const given = [error('b', 2, 1), error('a', 10, 1), error('a', 2, 7), error('a', 2, 1), error('a')];
  expect(refuse(given).message).toBe(
    '5 errors: a: wrong\na:2:1: wrong\na:2:7: wrong\na:10:1: wrong\nb:2:1: wrong',
  );
});

test('more than ten are counted', () => {
  const lines = refuse(Array.from({ length: 25 }, (_, index) => error('a', index + 1))).message.split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe('25 errors: a:1: wrong');
  expect(lines[10]).toBe('and 15 more');
});

test('a path that is no plain one is quoted', () => {
  expect(showError(error('a b', 1))).toBe('"a b":1: wrong');
  expect(showError(error('a\nb:1'))).toBe('"a\\nb:1": wrong');
});

test('whatever the words and paths are, each error is one line, and the message fits a condition', () => {
  const anyError = fc.record({
    path: fc.string({ unit: 'binary', maxLength: 5_000 }),
    message: fc.string({ unit: 'binary', maxLength: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(anyError, { minLength: 1, maxLength: 12 }), (errors) => {
      const { message } = refuse(errors);
      expect(message.split('\n')).toHaveLength(Math.min(errors.length, 11));
      expect(message).not.toMatch(/[\p{Cc}--\n]/v);
      expect([...message].length).toBeLessThan(32_768);
    }),
    { numRuns: 50 },
  );
});
