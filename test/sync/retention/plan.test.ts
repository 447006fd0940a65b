// Which Snapshots nothing keeps any more: the cases that people meet, and what holds of any world.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCollection, type Wish, wishOf } from '../../../src/sync/retention/plan.ts';
import { objectsOf, type StoredSnapshot } from '../../../src/sync/retention/stored.ts';
import { testSize } from '../../support/size.ts';
import { hash12, record, stored } from './snapshots.ts';

type World = {
  readonly snapshots: readonly StoredSnapshot[];
  readonly wanted?: string;
  readonly order?: string;
  readonly limit?: number;
  readonly wish?: Wish;
  readonly named?: string;
  /** Each Snapshot is of one byte. */
  readonly budgets?: { readonly config: number; readonly namespace: number };
};

const hashes = (digits: string): string[] => [...digits].map(hash12);

function plan(world: World) {
  const { snapshots, wanted = '', order = '', limit = 0, named = '' } = world;
  const wish = world.wish ?? {
    kind: 'known',
    wanted: new Set(hashes(wanted)),
    order: hashes(order),
    historyLimit: limit,
  };
  return planCollection({
    snapshots,
    wish: () => wish,
    isNamed: (key) => hashes(named).some((hash) => key === `shop/${hash}`),
    bytes: () => 1,
    budgets: world.budgets ?? { config: 1_000, namespace: 1_000 },
  });
}

const digitsOf = (snapshots: readonly StoredSnapshot[]): string =>
  snapshots.map(({ hash }) => hash.slice(0, 1)).join('');
const collected = (world: World): string => digitsOf(plan(world).collect);

const five = stored(...[...'abcde'].map((digit, minute) => record(digit, { minute })));

describe('what is collected, the oldest first', () => {
  it.each<[string, string, string]>([
    ['all but the wanted ones', collected({ snapshots: five, wanted: 'e' }), 'abcd'],
    ['nothing that is named', collected({ snapshots: five, wanted: 'e', named: 'bd' }), 'ac'],
    ['nothing of the last contents', collected({ snapshots: five, wanted: 'e', limit: 2 }), 'ab'],
    [
      'named ones are among the last ones',
      collected({ snapshots: five, wanted: 'e', limit: 2, named: 'd' }),
      'ab',
    ],
    [
      'by revision, not by age: what was made again is as old as its commit',
      collected({ snapshots: five, wanted: 'e', order: 'ebadc', limit: 2 }),
      'cd',
    ],
    [
      'what no known revision has is older than all that have one',
      collected({ snapshots: five, wanted: 'e', order: 'ea', limit: 2 }),
      'bc',
    ],
    [
      'all that is not named without a GitConfig',
      collected({ snapshots: five, wish: { kind: 'gone' }, named: 'c' }),
      'abde',
    ],
    ['nothing while nothing is accepted', collected({ snapshots: five, wish: { kind: 'unknown' } }), ''],
    [
      'beyond the budget of the GitConfig, though among the last ones',
      collected({ snapshots: five, wanted: 'e', limit: 9, budgets: { config: 3, namespace: 9 } }),
      'ab',
    ],
    [
      'beyond the budget of the namespace',
      collected({ snapshots: five, wanted: 'e', limit: 9, budgets: { config: 9, namespace: 2 } }),
      'abc',
    ],
    [
      'named ones take of the budget first',
      collected({ snapshots: five, wanted: 'e', limit: 9, named: 'a', budgets: { config: 3, namespace: 9 } }),
      'bc',
    ],
  ])('%s', (_, found, wanted) => {
    expect(found).toBe(wanted);
  });

  it('is never anything for a budget that is needed, which is said', () => {
    const budgets = { config: 2, namespace: 1 };
    const { collect, over } = plan({ snapshots: five, wanted: 'e', named: 'ab', limit: 9, budgets });
    expect(digitsOf(collect)).toBe('cd');
    expect(over).toEqual([
      { config: 'shop', bytes: 3 },
      { config: undefined, bytes: 3 },
    ]);
  });

  it('is what has no base, unless it is wanted or named', () => {
    const orphans = stored(
      record('a', { part: '-1' }),
      record('b', { part: '-env' }),
      record('c', { part: '-1' }),
      record('d', { part: '-1' }),
      record('d'),
    );
    expect(collected({ snapshots: orphans, wanted: 'b', named: 'c', limit: 9 })).toBe('a');
  });
});

describe('the objects of a Snapshot', () => {
  it('are its base first, then all others', () => {
    const [snapshot, ...others] = stored(
      record('a', { part: '-2' }),
      record('a'),
      record('a', { part: '-env' }),
    );
    expect(others).toEqual([]);
    const names = snapshot === undefined ? [] : objectsOf(snapshot).map(({ metadata }) => metadata.name);
    expect(names).toEqual(['shop-aaaaaaaaaaaa', 'shop-aaaaaaaaaaaa-2', 'shop-aaaaaaaaaaaa-env']);
  });

  it.each<[string, Parameters<typeof stored>]>([
    ['of another name', [record('a', { part: '-backup' })]],
    ['without the hash that it is named by', [{ ...record('a'), hash: undefined }]],
    ['with another hash than its name', [{ ...record('a'), hash: record('b').hash }]],
    [
      'of another config than its name',
      [{ ...record('a'), metadata: { ...record('a').metadata, labels: { 'confroll.dev/config': 'sho' } } }],
    ],
    [
      'that goes already',
      [{ ...record('a'), metadata: { ...record('a').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ],
  ])('are no object %s', (_, records) => {
    expect(stored(...records)).toEqual([]);
  });
});

describe('what a GitConfig wants', () => {
  const config = {
    metadata: { name: 'shop' },
    spec: { source: { url: 'https://x', ref: {} }, mountPath: '/x' },
  };
  it('is the newest accepted content, and what new Pods start with', () => {
    const revisions = [...'cbb'].map((digit) => ({ revision: digit, hash: hash12(digit) }));
    const status = { hash: hash12('c'), stableHash: hash12('b'), revisions };
    expect(wishOf({ ...config, status })).toEqual({
      kind: 'known',
      wanted: new Set(hashes('cb')),
      order: hashes('cb'),
      historyLimit: 10,
    });
  });
  it('is not known before it has accepted anything', () => {
    expect(wishOf(config)).toEqual({ kind: 'unknown' });
  });
});

const digit = fc.constantFrom(...'0123456789abcdef');
const arbitraryWorld = fc.record({
  snapshots: fc
    .array(fc.tuple(digit, fc.constantFrom('', '-1', '-env'), fc.nat(59)), { maxLength: 24 })
    .map((all) => stored(...all.map(([each, part, minute]) => record(each, { part, minute })))),
  wanted: fc.string({ unit: digit, maxLength: 2 }),
  order: fc.uniqueArray(digit).map((all) => all.join('')),
  limit: fc.nat(8),
  named: fc.string({ unit: digit, maxLength: 6 }),
  budgets: fc.record({ config: fc.nat(12), namespace: fc.nat(12) }),
});

describe('in any world', () => {
  const numRuns = testSize({ usual: 500, full: 20_000 });

  it('nothing that is wanted or named goes', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const gone = collected(world);
        for (const kept of world.wanted + world.named) expect(gone).not.toContain(kept);
      }),
      { numRuns },
    );
  });

  it('all that neither is goes with a limit of 0', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const gone = collected({ ...world, limit: 0 });
        const all = world.snapshots.map(({ hash }) => hash.slice(0, 1));
        const rest = all.filter((each) => !gone.includes(each));
        expect(rest.filter((each) => !(world.wanted + world.named).includes(each))).toEqual([]);
      }),
      { numRuns },
    );
  });

  it('what is collected with names would be without them: nobody need be asked when that is nothing', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        if (collected({ ...world, named: '' }) === '') expect(collected(world)).toBe('');
      }),
      { numRuns },
    );
  });

  it('what is kept and not needed is within limit and budgets', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const gone = collected(world);
        const kept = world.snapshots.filter(({ hash }) => !gone.includes(hash.slice(0, 1)));
        const needed = kept.filter(({ hash }) => (world.wanted + world.named).includes(hash.slice(0, 1)));
        expect(kept.length - needed.length).toBeLessThanOrEqual(world.limit);
        const { config, namespace } = world.budgets;
        const most = Math.max(needed.length, Math.min(config, namespace));
        expect(kept.length).toBeLessThanOrEqual(most);
      }),
      { numRuns },
    );
  });
});
