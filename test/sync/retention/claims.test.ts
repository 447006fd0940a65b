// Publishing and collecting never meet.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClaims } from '../../../src/sync/retention/claims.ts';

const signal = new AbortController().signal;

test('what is claimed is not collected until it is released', async () => {
  const claims = createClaims();
  const collected: string[] = [];
  const collect = (key: string, name: string) =>
    claims.unlessClaimed(key, name, async () => void collected.push(`${key} ${name}`));
  await claims.claim('prod/shop', 'one', signal);
  expect(await collect('prod/shop', 'one')).toBe('claimed');
  expect(await collect('prod/shop', 'two')).toBe('done');
  expect(await collect('stage/shop', 'one')).toBe('done');
  claims.release('prod/shop');
  expect(await collect('prod/shop', 'one')).toBe('done');
  expect(collected).toEqual(['prod/shop two', 'stage/shop one', 'prod/shop one']);
});

test('a claim waits for the end of a collection, also of one that fails', async () => {
  const claims = createClaims();
  const order: string[] = [];
  const end = Promise.withResolvers<void>();
  const collecting = claims
    .unlessClaimed('prod/shop', 'one', () => end.promise)
    .catch(() => order.push('failed'));
  const claiming = claims.claim('prod/shop', 'one', signal).then(() => order.push('claimed'));
  await claims.claim('prod/other', 'one', signal);
  await turn();
  expect(order).toEqual([]);
  end.reject(new Error('refused'));
  await Promise.all([collecting, claiming]);
  expect(order.toSorted()).toEqual(['claimed', 'failed']);
});

test('whoever waits goes when it is told to', async () => {
  const claims = createClaims();
  const end = Promise.withResolvers<void>();
  const collecting = claims.unlessClaimed('prod/shop', 'one', () => end.promise);
  const stop = new AbortController();
  const claiming = claims.claim('prod/shop', 'one', stop.signal);
  stop.abort(new Error('enough'));
  await expect(claiming).rejects.toThrow('enough');
  end.resolve();
  await collecting;
});
