import { expect, test } from 'vitest';
import { createLendableTurns, type LendableTurn } from '../../src/sync/lendable-turns.ts';
import { createTurns } from '../../src/sync/turns.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const { signal } = new AbortController();
const limits = { waitMilliseconds: 2_000, lentBytes: 1_000 };

function setUp(count: number) {
  const clock = createFakeClock();
  const turns = createTurns(count);
  const newTurn = createLendableTurns(turns, clock, limits);
  const begin = async (): Promise<LendableTurn> => {
    const turn = newTurn();
    await turn.take(signal);
    return turn;
  };
  return { clock, turns, newTurn, begin };
}

async function isSettled(work: Promise<unknown>, clock: { settle(): Promise<void> }): Promise<boolean> {
  let settled = false;
  void work.then(() => (settled = true));
  await clock.settle();
  return settled;
}

test('who waits for its server lends its turn to those who wait for one, and waits for one again before it works', async () => {
  const { clock, newTurn, begin } = setUp(1);
  const first = await begin();
  first.waits(100);
  const second = newTurn();
  const taking = second.take(signal);
  await clock.advance(1_900);
  expect(await isSettled(taking, clock)).toBe(false);
  // A little all the time is no more than nothing.
  first.waits(101);
  await clock.advance(200);
  expect(await isSettled(taking, clock)).toBe(true);

  const again = first.take(signal);
  expect(await isSettled(again, clock)).toBe(false);
  second.giveBack();
  expect(await isSettled(again, clock)).toBe(true);
  expect(first.givenUp.aborted).toBe(false);
  first.giveBack();
  expect(clock.sleeping()).toBe(0);
});

test('who works keeps its turn, and so does who has settled', async () => {
  const { clock, newTurn, begin } = setUp(2);
  const [first, second] = [await begin(), await begin()];
  second.waits(10);
  second.settle();
  const third = newTurn();
  const taking = third.take(signal);
  await clock.advance(60_000);
  expect(await isSettled(taking, clock)).toBe(false);
  first.waits(10);
  await clock.advance(2_000);
  expect(await isSettled(taking, clock)).toBe(true);
});

test('nothing is lent while nobody waits', async () => {
  const { clock, turns, begin } = setUp(1);
  const first = await begin();
  first.waits(10);
  await clock.advance(60_000);
  expect(clock.sleeping()).toBe(0);
  // It is held still: who comes has it of the loan, at once.
  const second = turns.ticket();
  expect(await isSettled(second.take(signal), clock)).toBe(false);
});

test('of those who have lent their turns the ones that hold most are given up, when all hold too much', async () => {
  const { clock, begin, newTurn } = setUp(3);
  const [small, medium, large] = [await begin(), await begin(), await begin()];
  small.waits(100);
  medium.waits(400);
  large.waits(499);
  const others = [newTurn(), newTurn(), newTurn()];
  const taking = Promise.all(others.map((each) => each.take(signal)));
  await clock.advance(2_000);
  expect(await isSettled(taking, clock)).toBe(true);
  const givenUp = () => [small, medium, large].map((each) => each.givenUp.aborted);
  expect(givenUp()).toEqual([false, false, false]);
  small.waits(102);
  expect(givenUp()).toEqual([false, false, true]);
  medium.waits(898);
  expect(givenUp()).toEqual([false, false, true]);
  medium.waits(899);
  expect(givenUp()).toEqual([false, true, true]);
});

test('who stops waiting leaves no timer behind', async () => {
  const { clock, begin, newTurn } = setUp(1);
  const first = await begin();
  first.waits(10);
  const stop = new AbortController();
  const taking = newTurn().take(stop.signal);
  await clock.settle();
  expect(clock.sleeping()).toBe(1);
  stop.abort(new Error('stopped'));
  await expect(taking).rejects.toThrow('stopped');
  expect(clock.sleeping()).toBe(0);
});
