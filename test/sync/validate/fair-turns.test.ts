// Who comes next when many wait.
import { expect, test } from 'vitest';
import { createFairTurns } from '../../../src/sync/validate/fair-turns.ts';

const never = new AbortController().signal;

/** All wait behind one that holds the turn; gives the order in which they came. */
async function orderOf(asked: readonly string[], before: readonly [whose: string, isVain: boolean][] = []) {
  const turns = createFairTurns();
  for (const [whose, isVain] of before)
    await turns.take(
      whose,
      async () => isVain,
      (vain) => vain,
      never,
    );
  const gate = Promise.withResolvers<boolean>();
  const order: string[] = [];
  const holder = turns.take(
    'holder',
    () => gate.promise,
    () => false,
    never,
  );
  const others = asked.map((whose) =>
    turns.take(
      whose,
      async () => {
        order.push(whose);
        return false;
      },
      () => false,
      never,
    ),
  );
  gate.resolve(true);
  await Promise.all([holder, ...others]);
  return order;
}

test('in the order in which they came, where nobody has had a turn', async () => {
  expect(await orderOf(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
});

test('who asks for many lets each other one in between', async () => {
  expect(await orderOf(['a', 'a', 'a', 'b', 'c'])).toEqual(['a', 'b', 'c', 'a', 'a']);
});

test('whose last one came to nothing waits for all others', async () => {
  expect(
    await orderOf(
      ['bad', 'bad', 'good', 'good'],
      [
        ['bad', true],
        ['good', false],
      ],
    ),
  ).toEqual(['good', 'good', 'bad', 'bad']);
});

test('who gives up while waiting leaves the row, and a failure passes the turn on', async () => {
  const turns = createFairTurns();
  const gate = Promise.withResolvers<void>();
  const holder = turns.take(
    'holder',
    () => gate.promise,
    () => false,
    never,
  );
  const stop = new AbortController();
  const gone = turns.take(
    'a',
    async () => 'never',
    () => false,
    stop.signal,
  );
  const failing = turns.take(
    'b',
    () => Promise.reject(new Error('broken')),
    () => false,
    never,
  );
  const last = turns.take(
    'c',
    async () => 'served',
    () => false,
    never,
  );
  stop.abort(new Error('given up'));
  await expect(gone).rejects.toThrow('given up');
  gate.resolve();
  await holder;
  await expect(failing).rejects.toThrow('broken');
  expect(await last).toBe('served');
});
