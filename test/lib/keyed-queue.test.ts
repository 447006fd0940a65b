import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyedQueue, type KeyedQueueOptions } from '../../src/lib/keyed-queue.ts';
import { createFakeClock } from '../support/fake-clock.ts';

type Setup = Partial<Pick<KeyedQueueOptions, 'workers' | 'reconcile' | 'settleMilliseconds'>>;

/** A running queue on a fake clock; `runs` are the keys in order of their start. */
function start(setup: Setup = {}) {
  const clock = createFakeClock();
  const runs: string[] = [];
  const errors: string[] = [];
  const stop = new AbortController();
  const queue = createKeyedQueue({
    clock,
    workers: setup.workers ?? 2,
    settleMilliseconds: setup.settleMilliseconds ?? 0,
    reconcile: async (key, signal) => {
      runs.push(key);
      await setup.reconcile?.(key, signal);
    },
    onError: (key) => errors.push(key),
  });
  const ended = queue.run(stop.signal);
  return { clock, queue, runs, errors, stop, ended };
}

describe('a key', () => {
  test('added many times before it runs, runs once', async () => {
    const { clock, queue, runs } = start();
    for (let count = 0; count < 10; count += 1) queue.add('a');
    await clock.settle();
    expect(runs).toEqual(['a']);
    expect(queue.size()).toBe(0);
  });

  test('added before the queue runs is not forgotten', async () => {
    const clock = createFakeClock();
    const runs: string[] = [];
    const reconcile = async (key: string): Promise<void> => void runs.push(key);
    const queue = createKeyedQueue({ clock, workers: 1, reconcile, onError: () => {} });
    queue.add('early');
    const stop = new AbortController();
    const ended = queue.run(stop.signal);
    await clock.settle();
    expect(runs).toEqual(['early']);
    stop.abort();
    await ended;
  });

  test('added while it runs, runs once more and never beside itself', async () => {
    let inside = 0;
    let most = 0;
    const { clock, queue, runs } = start({
      reconcile: async () => {
        inside += 1;
        most = Math.max(most, inside);
        await clock.sleep(100, new AbortController().signal);
        inside -= 1;
      },
    });
    queue.add('a');
    await clock.advance(50);
    queue.add('a');
    queue.add('a');
    await clock.advance(500);
    expect(runs).toEqual(['a', 'a']);
    expect(most).toBe(1);
  });

  test('added for later runs then, or earlier when it is added for earlier', async () => {
    const { clock, queue, runs } = start();
    queue.addAfter('late', 1_000);
    queue.addAfter('moved', 1_000);
    queue.addAfter('moved', 200);
    queue.addAfter('moved', 5_000);
    await clock.advance(199);
    expect(runs).toEqual([]);
    await clock.advance(1);
    expect(runs).toEqual(['moved']);
    await clock.advance(800);
    expect(runs).toEqual(['moved', 'late']);
    await clock.advance(10_000);
    expect(runs).toHaveLength(2);
  });

  test('of a burst waits until it settles', async () => {
    const { clock, queue, runs } = start({ settleMilliseconds: 100 });
    queue.add('a');
    await clock.advance(60);
    queue.add('a');
    await clock.advance(39);
    expect(runs).toEqual([]);
    await clock.advance(1);
    expect(runs).toEqual(['a']);
  });

  test('that fails runs again after growing waits, and success forgets them', async () => {
    let failing = true;
    const { clock, queue, runs, errors } = start({
      reconcile: async () => {
        if (failing) throw new Error('not yet');
      },
    });
    queue.add('a');
    await clock.advance(149);
    expect(runs).toHaveLength(1);
    await clock.advance(1); // 75 % of 200 ms
    expect(runs).toHaveLength(2);
    await clock.advance(300);
    expect(runs).toHaveLength(3);
    failing = false;
    await clock.advance(600);
    expect(runs).toHaveLength(4);
    expect(errors).toHaveLength(3);
    await clock.advance(600_000);
    expect(runs).toHaveLength(4);
    failing = true;
    queue.add('a');
    await clock.advance(150);
    expect(runs).toHaveLength(6);
  });

  test('that fails for long still runs each 30 s', async () => {
    const { clock, queue, runs } = start({ reconcile: () => Promise.reject(new Error('never')) });
    queue.add('a');
    await clock.advance(120_000);
    const before = runs.length;
    await clock.advance(30_000);
    expect(runs.length).toBeGreaterThan(before);
  });

  test('that fails does not hold others up', async () => {
    const { clock, queue, runs } = start({
      workers: 1,
      reconcile: async (key) => {
        if (key === 'bad') throw new Error('bad');
      },
    });
    queue.add('bad');
    queue.add('good');
    await clock.settle();
    expect(runs).toEqual(['bad', 'good']);
  });
});

describe('the queue', () => {
  test('runs at most as many keys at a time as it has workers', async () => {
    let inside = 0;
    let most = 0;
    const { clock, queue, runs } = start({
      workers: 3,
      reconcile: async () => {
        inside += 1;
        most = Math.max(most, inside);
        await clock.sleep(10, new AbortController().signal);
        inside -= 1;
      },
    });
    for (let key = 0; key < 20; key += 1) queue.add(String(key));
    await clock.advance(1_000);
    expect(most).toBe(3);
    expect(new Set(runs).size).toBe(20);
  });

  test('holds more keys than a call has arguments', async () => {
    const { clock, queue, stop, ended } = start();
    for (let key = 0; key < 200_000; key += 1) queue.addAfter(String(key), 3_600_000);
    await clock.settle();
    queue.add('now');
    await clock.settle();
    expect(queue.size()).toBe(200_000);
    stop.abort();
    await ended;
  });

  test('ends when its signal fires, after what runs has ended, and starts nothing more', async () => {
    const { clock, queue, runs, errors, stop, ended } = start({
      workers: 1,
      reconcile: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    queue.add('a');
    queue.add('b');
    await clock.settle();
    stop.abort();
    await ended;
    expect(runs).toEqual(['a']);
    expect(errors).toEqual([]);
    expect(clock.sleeping()).toBe(0);
  });

  test('whatever is added when, the last add of each key is followed by a run', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), wait: fc.nat(30), delay: fc.nat(40) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, workers) => {
          const seen = new Map<string, number>();
          let version = 0;
          const wanted = new Map<string, number>();
          const { clock, queue, stop, ended } = start({
            workers,
            reconcile: async (key) => {
              // What a reconciler reads at its start is what it acts on.
              seen.set(key, wanted.get(key) ?? 0);
              await clock.sleep(15, new AbortController().signal);
            },
          });
          for (const { key, wait, delay } of steps) {
            version += 1;
            wanted.set(key, version);
            queue.addAfter(key, delay);
            await clock.advance(wait);
          }
          await clock.advance(5_000);
          expect(seen).toEqual(wanted);
          stop.abort();
          await ended;
        },
      ),
      { numRuns: 30 },
    );
  });
});
