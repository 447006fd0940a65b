// Large packs are read in a thread: the event loop goes on, and nothing of the thread is left.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unpack } from '../../../../src/sync/git/pack/unpack.ts';
import { unpackAside } from '../../../../src/sync/git/pack/unpack-aside.ts';
import { packOf } from '../../../support/git-servers/packs.ts';

const limits = { objects: 100_000, objectBytes: 32 * 1024 * 1024, totalBytes: 64 * 1024 * 1024 };
const never = new AbortController().signal;
const atOnce = async (): Promise<void> => {};
const many = 24_000;
let large: Buffer;

beforeAll(() => {
  large = packOf(
    Array.from({ length: many }, (_, index) => ({
      type: 'blob' as const,
      bytes: Buffer.from(`file ${index}\n${createHash('sha512').update(String(index)).digest('hex')}`),
    })),
  );
});

const threads = (): number =>
  process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length;
const before = threads();
afterAll(() => expect(threads()).toBe(before));

test('a small pack is read at once, and gives the same', async () => {
  const pack = packOf([{ type: 'blob', bytes: Buffer.from('hello') }]);
  expect(await unpackAside(pack, limits, never, atOnce)).toEqual(unpack(pack, limits));
});

test('a large one gives the same, and a timer goes on ticking meanwhile', async () => {
  const wanted = new Map(unpack(large, limits).map(({ oid, bytes }) => [oid, bytes.toString()]));
  const began = performance.now();
  let last = began;
  let longest = 0;
  let ticks = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ticks += 1;
  }, 2);
  const read = await unpackAside(Buffer.from(large), limits, never, atOnce);
  const whole = performance.now() - began;
  clearInterval(timer);
  expect(read).toHaveLength(many);
  expect(new Map(read.map(({ oid, bytes }) => [oid, bytes.toString()]))).toEqual(wanted);
  expect(ticks).toBeGreaterThan(5);
  // As far as a machine with other work lets one see it.
  expect(longest).toBeLessThan(Math.max(500, whole / 2));
});

test('a small pack that inflates to much is none', async () => {
  const pack = packOf([{ type: 'blob', bytes: Buffer.alloc(16 * 1024 * 1024) }]);
  expect(pack.length).toBeLessThan(64 * 1024);
  const [object] = await unpackAside(pack, limits, never, atOnce);
  expect(object?.bytes.length).toBe(16 * 1024 * 1024);
});

test('what is wrong with a large pack is told as of a small one', async () => {
  const cut = Buffer.from(large.subarray(0, -100));
  await expect(unpackAside(cut, limits, never, atOnce)).rejects.toMatchObject({
    name: 'PackError',
    kind: 'malformed',
  });
  const few = { ...limits, objects: many - 1 };
  await expect(unpackAside(Buffer.from(large), few, never, atOnce)).rejects.toMatchObject({
    kind: 'tooLarge',
  });
});

test('a thread that runs out of memory says that the pack is too large', async () => {
  const read = unpackAside(Buffer.from(large), limits, never, atOnce, 8);
  await expect(read).rejects.toMatchObject({ name: 'PackError', kind: 'tooLarge' });
});

test('an abort ends the thread', async () => {
  const abort = new AbortController();
  const reason = new Error('no longer wanted');
  const read = unpackAside(Buffer.from(large), limits, abort.signal, atOnce);
  setTimeout(() => abort.abort(reason), 5);
  await expect(read).rejects.toBe(reason);
  await expect(unpackAside(Buffer.from(large), limits, abort.signal, atOnce)).rejects.toBe(reason);
});
