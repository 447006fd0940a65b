import { expect, test } from 'vitest';
import { createSeats, type Seat } from '../../../src/sync/hosts/seats.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const limits = { atATime: 2, silentMilliseconds: 2_000, inAll: 4, perSecond: 1_000, burst: 1_000 };
const { signal } = new AbortController();

function world(some: Partial<typeof limits> = {}) {
  const clock = createFakeClock();
  const seats = createSeats(clock, { ...limits, ...some });
  const taken: { readonly name: number; readonly seat: Seat; readonly at: number }[] = [];
  const take = (name: number, stop = signal): Promise<unknown> =>
    seats.take(stop).then((seat) => taken.push({ name, seat, at: clock.monotonic() }));
  const names = (): number[] => taken.map(({ name }) => name);
  return { clock, seats, taken, take, names };
}

test('so many at a time, the others in the order they came', async () => {
  const { clock, taken, take, names, seats } = world();
  for (const name of [0, 1, 2, 3]) void take(name);
  await clock.settle();
  expect(names()).toEqual([0, 1]);
  expect(seats.waiting()).toBe(2);
  taken[1]?.seat.giveBack();
  await clock.settle();
  expect(names()).toEqual([0, 1, 2]);
  taken[1]?.seat.giveBack();
  await clock.settle();
  expect(names()).toEqual([0, 1, 2]);
});

test('who hears nothing for two seconds makes room, and who hears something does not', async () => {
  const { clock, taken, take, names } = world();
  for (const name of [0, 1, 2, 3, 4, 5]) void take(name);
  await clock.advance(1_500);
  taken[0]?.seat.heard();
  await clock.advance(500);
  expect(names()).toEqual([0, 1, 2]);
  await clock.advance(1_500);
  expect(names()).toEqual([0, 1, 2, 3]);
});

test('those who are silent are not without bound', async () => {
  const { clock, taken, take, names } = world();
  for (const name of [0, 1, 2, 3, 4, 5]) void take(name);
  await clock.advance(600_000);
  expect(names()).toEqual([0, 1, 2, 3]);
  taken[0]?.seat.giveBack();
  await clock.advance(0);
  expect(names()).toEqual([0, 1, 2, 3, 4]);
});

test('who waits for memory keeps nobody from the host', async () => {
  const { clock, taken, take, names } = world({ atATime: 1 });
  void take(0);
  void take(1);
  await clock.settle();
  taken[0]?.seat.pause();
  await clock.settle();
  expect(names()).toEqual([0, 1]);
});

test('a burst, then so many a second', async () => {
  const { clock, taken, take } = world({ atATime: 100, inAll: 100, perSecond: 10, burst: 5 });
  for (let name = 0; name < 25; name += 1) void take(name);
  await clock.advance(10_000);
  expect(taken.map(({ at }) => at)).toEqual([
    ...Array.from({ length: 5 }, () => 0),
    ...Array.from({ length: 20 }, (_, index) => (index + 1) * 100),
  ]);
});

test('who gives up waiting takes no seat and leaves no timer', async () => {
  const { clock, seats, taken, take, names } = world({ atATime: 1 });
  void take(0);
  const stop = new AbortController();
  const givenUp = take(1, stop.signal);
  await clock.settle();
  expect(clock.sleeping()).toBe(1);
  stop.abort(new Error('stopped'));
  await expect(givenUp).rejects.toThrow('stopped');
  await clock.settle();
  expect(clock.sleeping()).toBe(0);
  expect(seats.waiting()).toBe(0);
  await expect(take(2, stop.signal)).rejects.toThrow('stopped');
  taken[0]?.seat.giveBack();
  await take(3);
  expect(names()).toEqual([0, 3]);
});
