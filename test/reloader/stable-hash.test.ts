import { describe, expect, it } from 'vitest';
import type { Health } from '../../src/reloader/health.ts';
import { type PinnedWorkload, stableHash } from '../../src/reloader/stable-hash.ts';
import { observed, settledOn } from './objects.ts';

const healthy: Health = { kind: 'healthy' };
const updating: Health = { kind: 'updating', message: '' };
const degraded: Health = { kind: 'degraded', message: '' };
const on = (pin: string, health: Health = healthy, held = false, labels = {}): PinnedWorkload => ({
  workload: settledOn(pin, { labels }),
  health,
  held,
});
const unpinned: PinnedWorkload = { workload: observed(), health: healthy, held: false };
const sick = { 'sick.confroll.dev/shop': 'b' };

describe('the stable hash', () => {
  it.each<[string, string | undefined, PinnedWorkload[], string]>([
    ['no workload: the wanted one', 'a', [], 'b'],
    ['no workload with a Pin: the wanted one', 'a', [unpinned], 'b'],
    ['one is not there yet: as before', 'a', [on('b'), on('a')], 'a'],
    ['one is not healthy yet: as before', 'a', [on('b'), on('b', updating)], 'a'],
    ['all are healthy on it: the wanted one', 'a', [on('b'), on('b')], 'b'],
    ['a held one is not waited for', 'a', [on('b'), on('a', healthy, true)], 'b'],
    ['one that was sick before is not waited for', 'a', [on('b'), on('b', degraded, false, sick)], 'b'],
    [
      'sick of another move is waited for',
      'a',
      [on('b', updating, false, { 'sick.confroll.dev/shop': 'a' })],
      'a',
    ],
    ['unknown: what most have settled on', undefined, [on('a'), on('a'), on('0'), on('b', updating)], 'a'],
    ['unknown, nobody is healthy: the wanted one', undefined, [on('a', degraded)], 'b'],
    ['as before, but that is gone: what most have settled on', 'gone', [on('a'), on('b', updating)], 'a'],
  ])('%s', (_, before, workloads, expected) => {
    const exists = (hash: string): boolean => hash !== 'gone';
    expect(stableHash('shop', { before, wanted: 'b', workloads, exists })).toBe(expected);
  });
});
