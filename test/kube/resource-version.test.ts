import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOlder, resourceVersionOf } from '../../src/kube/resource-version.ts';

test('versions are compared as numbers of any length', () => {
  const version = fc.bigInt({ min: 0n, max: 2n ** 80n });
  fc.assert(
    fc.property(version, version, (left, right) => {
      expect(isOlder(String(left), String(right))).toBe(left < right);
    }),
  );
});

test.each([
  ['nothing before', undefined, '5'],
  ['nothing after', '5', undefined],
  ['text', 'abc', '5'],
  ['a leading zero', '05', '6'],
])('%s is never called older', (_, left, right) => {
  expect(isOlder(left, right)).toBe(false);
});

test('the version of a raw object is read where it stands', () => {
  const raws = [
    { metadata: { resourceVersion: '7' } },
    { metadata: { resourceVersion: 7 } },
    {},
    'text',
    undefined,
  ];
  expect(raws.map(resourceVersionOf)).toEqual(['7', undefined, undefined, undefined, undefined]);
});
