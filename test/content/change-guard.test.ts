import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excessOf } from '../../src/content/change-guard.ts';

const guard = (before: readonly string[], after: readonly string[], maxRemovedPercent = 50) =>
  excessOf({ before, after, workloads: undefined }, { maxRemovedPercent, maxWorkloads: undefined });

describe('files that are gone', () => {
  test('may be as many as the limit says, and no more', () => {
    expect(guard(['a', 'b', 'c', 'd'], ['a', 'b'])).toBeUndefined();
    expect(guard(['a', 'b', 'c', 'd'], ['a', 'e', 'f', 'g'])).toEqual({
      removed: { percent: 75, paths: ['b', 'c', 'd'], of: 4 },
    });
    expect(guard(['a', 'b', 'c'], ['a', 'b'], 33)).toEqual({ removed: { percent: 34, paths: ['c'], of: 3 } });
    expect(guard(['a'], [], 100)).toBeUndefined();
    expect(guard(['a'], ['a'], 0)).toBeUndefined();
    expect(guard([], ['a'], 0)).toBeUndefined();
  });

  test('are counted by their paths alone, whatever was added', () => {
    const path = fc.string({ maxLength: 3 });
    const paths = fc.uniqueArray(path, { maxLength: 20 });
    fc.assert(
      fc.property(paths, paths, fc.integer({ min: 0, max: 100 }), (before, after, limit) => {
        const gone = before.filter((each) => !after.includes(each));
        const excess = guard(before, after, limit);
        expect(excess !== undefined).toBe(before.length > 0 && gone.length / before.length > limit / 100);
        if (excess !== undefined) expect(excess.removed).toMatchObject({ paths: gone, of: before.length });
        expect(excess?.removed?.percent ?? 101).toBeGreaterThan(limit);
      }),
    );
  });
});

test('workloads may be as many as the limit says; uncounted ones are let through', () => {
  const ask = (workloads: number | undefined, maxWorkloads: number | undefined) =>
    excessOf({ before: [], after: [], workloads }, { maxRemovedPercent: 50, maxWorkloads });
  expect(ask(3, 3)).toBeUndefined();
  expect(ask(4, 3)).toEqual({ workloads: 4 });
  expect(ask(1, 0)).toEqual({ workloads: 1 });
  expect(ask(0, 0)).toBeUndefined();
  expect(ask(1_000, undefined)).toBeUndefined();
  expect(ask(undefined, 0)).toBeUndefined();
});
