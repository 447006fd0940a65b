import { expect, test } from 'vitest';
import { calm, judge } from '../../../src/sync/pressure/gauge.ts';

const threshold = { enter: 0.8, leave: 0.5, enterSeconds: 10, leaveSeconds: 30 };

function over(values: readonly (number | undefined)[]): boolean[] {
  let state = calm;
  return values.map((value, index) => {
    state = judge(state, value, threshold, index * 5);
    return state.isStrained;
  });
}

test('counts once it has lasted', () => {
  expect(over([0.8, 0.9, 0.9, 0.9])).toEqual([false, false, true, true]);
  expect(over([0.9, 0.9, 0.7, 0.9, 0.9, 0.9])).toEqual([false, false, false, false, false, true]);
});

test('between the two it stays what it was, and it ends when calm has lasted', () => {
  const high = [0.9, 0.9, 0.9];
  expect(over([...high, ...Array.from({ length: 20 }, () => 0.6)]).at(-1)).toBe(true);
  expect(over([...high, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]).at(-1)).toBe(true);
  expect(over([...high, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]).at(-1)).toBe(false);
  expect(over([...high, 0.4, 0.4, 0.4, 0.6, 0.4, 0.4, 0.4, 0.4]).at(-1)).toBe(true);
});

test('what cannot be read is no strain', () => {
  expect(over([undefined, undefined, undefined])).toEqual([false, false, false]);
});
