import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBackoff } from '../../src/lib/backoff.ts';

const options = { initialMilliseconds: 100, maxMilliseconds: 5_000 };

test('each wait is between half and all of a doubling ceiling, whatever chance says', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(chance, { minLength: 1, maxLength: 60 }), (randoms) => {
      let index = 0;
      const backoff = createBackoff(options, { random: () => randoms[index] ?? 0 });
      for (; index < randoms.length; index += 1) {
        const ceiling = Math.min(5_000, 100 * 2 ** index);
        const wait = backoff.next();
        expect(wait).toBeGreaterThanOrEqual(ceiling / 2);
        expect(wait).toBeLessThanOrEqual(ceiling);
      }
    }),
  );
});

test('reset begins again', () => {
  const backoff = createBackoff(options, { random: () => 0 });
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([50, 100, 200]);
  backoff.reset();
  expect(backoff.next()).toBe(50);
});
