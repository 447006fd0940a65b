import { expect, test } from 'vitest';
import { createTurns } from '../../src/sync/turns.ts';

test('at most so many run at a time, in the order they came, and failures give their turn on', async () => {
  const turns = createTurns(2);
  const { signal } = new AbortController();
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const runs = [0, 1, 2, 3, 4, 5].map((index) =>
    turns.take(async () => {
      order.push(index);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index % 2 === 0) throw new Error(`${index}`);
    }, signal),
  );
  const results = await Promise.allSettled(runs);
  expect(results.map(({ status }) => status)).toEqual(
    Array.from({ length: 3 }, () => ['rejected', 'fulfilled']).flat(),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('who gives up waiting takes no turn', async () => {
  const turns = createTurns(1);
  const stop = new AbortController();
  const first = Promise.withResolvers<void>();
  const running = turns.take(() => first.promise, new AbortController().signal);
  const waiting = turns.take(async () => 'never', stop.signal);
  const next = turns.take(async () => 'next', new AbortController().signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  first.resolve();
  await running;
  expect(await next).toBe('next');
  expect(await turns.take(async () => 'free', new AbortController().signal)).toBe('free');
});

test('a ticket takes one turn however often it asks, and none once it is given back', async () => {
  const turns = createTurns(1);
  const { signal } = new AbortController();
  const [first, second, third] = [turns.ticket(), turns.ticket(), turns.ticket()];
  await first.take(signal);
  await first.take(signal);
  const stop = new AbortController();
  const givenUp = second.take(stop.signal);
  const late = third.take(signal);
  stop.abort(new Error('stopped'));
  await expect(givenUp).rejects.toThrow('stopped');
  const again = second.take(signal);
  third.giveBack();
  first.giveBack();
  first.giveBack();
  await Promise.all([late, again]);
  await expect(third.take(signal)).rejects.toThrow('given back');
  second.giveBack();
  expect(await turns.take(async () => 'free', signal)).toBe('free');
});

test('a lower limit takes no turn away, and a higher one gives turns to those who wait', async () => {
  let limit = 2;
  const turns = createTurns(() => limit);
  const { signal } = new AbortController();
  const tickets = Array.from({ length: 5 }, () => turns.ticket());
  const begun: number[] = [];
  const takes = tickets.map((ticket, index) => ticket.take(signal).then(() => begun.push(index)));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);

  limit = 1;
  tickets[0]?.giveBack();
  await settled();
  expect(begun).toEqual([0, 1]);
  tickets[1]?.giveBack();
  await settled();
  expect(begun).toEqual([0, 1, 2]);

  limit = 3;
  turns.wake();
  await Promise.all(takes);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('one turn is always left, whatever the limit says', async () => {
  const turns = createTurns(() => 0);
  expect(await turns.take(async () => 'done', new AbortController().signal)).toBe('done');
});
