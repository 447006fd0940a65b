import { describe, expect, it } from 'vitest';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { Health } from '../../src/reloader/health.ts';
import type { ObservedWorkload } from '../../src/reloader/observed-workload.ts';
import { planWorkload } from '../../src/reloader/plan.ts';
import type { WorkloadPlan } from '../../src/reloader/plan-types.ts';
import { config, observed, settledOn } from './objects.ts';

const a = 'aaaaaaaaaaaa';
const b = 'bbbbbbbbbbbb';
const c = 'cccccccccccc';
const both = { 'confroll.dev/additional-configs': 'common' };
const twoPins = {
  labels: { 'rolled.confroll.dev/common': a },
  templateLabels: { 'pin.confroll.dev/common': a },
  annotations: { ...both, 'hash.confroll.dev/common': a },
};
const written = [
  {
    manager: 'kubectl',
    fieldsV1: {
      'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': { 'f:hash.confroll.dev/shop': {} } } } },
    },
  },
];

const optInLabels = { 'confroll.dev/config': 'shop' };

type World = {
  readonly configs?: readonly GitConfig[];
  readonly stable?: string;
  readonly absent?: readonly string[];
  /** Those that Git cannot make again; all that are absent. */
  readonly lost?: readonly string[];
  /** Those of which nobody can say whether they are there. */
  readonly unknown?: readonly string[];
  readonly hold?: string;
  readonly health?: Health;
};

function plan(workload: ObservedWorkload, world: World = {}): WorkloadPlan {
  const {
    configs = [config('shop', { hash: b })],
    absent = [],
    lost = absent,
    unknown = [],
    health = { kind: 'healthy' },
  } = world;
  return planWorkload(workload, health, {
    config(name) {
      const gitConfig = configs.find(({ metadata }) => metadata.name === name);
      const newest = gitConfig?.status?.hash;
      return gitConfig && { gitConfig, newest, wanted: newest, stable: world.stable ?? newest, lost };
    },
    snapshot(_, hash) {
      if (unknown.includes(hash)) return 'unknown';
      return absent.includes(hash) ? 'absent' : 'present';
    },
    namespaceHold: world.hold,
  });
}

const moves = ({ move, blocked }: WorkloadPlan) =>
  blocked === undefined
    ? move?.template.pins.map(({ config: name, from, to }) => [name, from, to])
    : blocked.reason;

describe('a plan', () => {
  it('leaves alone what is right', () => {
    const made = plan(settledOn(b));
    expect(made).toMatchObject({ labels: {}, move: undefined, blocked: undefined });
  });

  it('moves what is behind, with memory in the same change', () => {
    const made = plan(settledOn(a));
    expect(moves(made)).toEqual([['shop', a, b]]);
    expect(made.move?.labels).toEqual({ 'rolled.confroll.dev/shop': b });
    expect(made.move?.template).toMatchObject({ label: undefined, drop: [] });
  });

  it('calls sick what was not well before, and takes that back when it is well', () => {
    const sick = { health: { kind: 'degraded', message: '' } } as const;
    expect(plan(settledOn(a), sick).move?.labels).toMatchObject({ 'sick.confroll.dev/shop': b });
    const labels = { 'sick.confroll.dev/shop': a };
    expect(plan(settledOn(a, { labels })).move?.labels).toMatchObject({
      'sick.confroll.dev/shop': undefined,
    });
    const updating = { health: { kind: 'updating', message: '' } } as const;
    expect(plan(settledOn(a, { labels }), updating).move?.labels).toMatchObject({
      'sick.confroll.dev/shop': b,
    });
    expect(plan(settledOn(a), updating).move?.labels).not.toHaveProperty('sick.confroll.dev/shop');
  });

  it('remembers an undo with labels alone, and freezes', () => {
    const made = plan(settledOn(a, { labels: { 'rolled.confroll.dev/shop': b }, managedFields: written }));
    expect(made.labels).toEqual({ 'rolled.confroll.dev/shop': a, 'held.confroll.dev/shop': b });
    expect(made.move).toBeUndefined();
  });

  it('does the rows of labels alone under a hold, and no move', () => {
    const labels = { 'confroll.dev/hold': 'incident-42' };
    const undone = settledOn(a, { labels: { ...labels, 'rolled.confroll.dev/shop': b } });
    expect(plan(undone).labels).toEqual({ 'rolled.confroll.dev/shop': a, 'held.confroll.dev/shop': b });
    expect(moves(plan(settledOn(a, { labels })))).toBe('OnHold');
    expect(moves(plan(settledOn(a), { hold: 'freeze' }))).toBe('OnHold');
    const held = config('shop', { hash: b, labels: { 'confroll.dev/hold': '' } });
    expect(moves(plan(settledOn(a), { configs: [held] }))).toBe('OnHold');
  });

  it('takes labels off what asks no more, and leaves its template alone', () => {
    const left = observed({
      labels: {
        'confroll.dev/managed': 'true',
        'rolled.confroll.dev/shop': a,
        'held.confroll.dev/shop': b,
        mine: 'x',
      },
      annotations: { 'hash.confroll.dev/shop': a },
    });
    expect(plan(left)).toMatchObject({
      labels: {
        'confroll.dev/managed': undefined,
        'rolled.confroll.dev/shop': undefined,
        'held.confroll.dev/shop': undefined,
      },
      move: undefined,
    });
  });

  it('marks as managed what lost only that label', () => {
    const lost = observed({
      labels: { 'confroll.dev/config': 'shop', 'rolled.confroll.dev/shop': b },
      templateLabels: { 'confroll.dev/config': 'shop' },
      annotations: { 'hash.confroll.dev/shop': b },
    });
    expect(plan(lost).labels).toEqual({ 'confroll.dev/managed': 'true' });
  });

  it('says what is wrong with a request', () => {
    expect(plan(observed({ labels: { 'confroll.dev/config': 'No' } })).blocked?.reason).toBe(
      'InvalidRequest',
    );
  });

  it('has nothing for an object that asks for an unknown GitConfig', () => {
    expect(plan(settledOn(a), { configs: [] })).toMatchObject({ labels: {}, move: undefined });
  });
});

describe('opting in', () => {
  const running = { replicas: 1, availableReplicas: 1, updatedReplicas: 1, observedGeneration: 1 };

  it('is label, Pin and memory in one change, with the stable hash', () => {
    const made = plan(observed({ labels: { 'confroll.dev/config': 'shop' }, status: running }), {
      stable: a,
    });
    expect(moves(made)).toEqual([['shop', undefined, a]]);
    expect(made.move?.template.label).toBe('shop');
    expect(made.move?.labels).toEqual({ 'confroll.dev/managed': 'true', 'rolled.confroll.dev/shop': a });
  });

  it('of a running workload waits for a hold; without Pods it waits for nothing', () => {
    const labels = { 'confroll.dev/config': 'shop', 'confroll.dev/hold': 'x' };
    expect(moves(plan(observed({ labels, status: running })))).toBe('OnHold');
    expect(moves(plan(observed({ labels })))).toEqual([['shop', undefined, b]]);
  });

  it('waits until each of its configs is published, for one restart', () => {
    const annotations = both;
    const asks = observed({ labels: { 'confroll.dev/config': 'shop' }, annotations, status: running });
    expect(moves(plan(asks))).toBe('NothingPublished');
    const configs = [config('shop', { hash: b }), config('common', { hash: c })];
    expect(moves(plan(asks, { configs }))).toEqual([
      ['shop', undefined, b],
      ['common', undefined, c],
    ]);
  });

  it('that lost its Pin waits while nobody can say whether what was settled is still there', () => {
    const labels = { ...optInLabels, 'rolled.confroll.dev/shop': a, 'held.confroll.dev/shop': b };
    const lost = observed({ labels, templateLabels: optInLabels });
    expect(moves(plan(lost))).toEqual([['shop', undefined, a]]);
    expect(moves(plan(lost, { unknown: [a] }))).toBe('SnapshotMissing');
    expect(moves(plan(lost, { absent: [a] }))).toEqual([['shop', undefined, b]]);
  });

  it('to another config takes the old Pin out and puts the new one in', () => {
    const changed = settledOn(a, { labels: { 'confroll.dev/config': 'store' } });
    const made = plan(changed, { configs: [config('shop', { hash: b }), config('store', { hash: c })] });
    expect(moves(made)).toEqual([['store', undefined, c]]);
    expect(made.move?.template).toMatchObject({ label: 'store', drop: ['shop'] });
    expect(made.move?.labels).toEqual({
      'rolled.confroll.dev/shop': undefined,
      'rolled.confroll.dev/store': c,
    });
  });

  it('puts a label back that the template lost', () => {
    const lost = settledOn(b, { templateLabels: { 'confroll.dev/config': 'other' } });
    expect(plan(lost).move).toMatchObject({ template: { label: 'shop', pins: [] } });
  });
});

describe('a lost Pin', () => {
  it('goes to the wanted hash', () => {
    expect(moves(plan(settledOn(a), { absent: [a] }))).toEqual([['shop', a, b]]);
  });
  it('that is the wanted one waits for its Snapshot, and so does a move to it', () => {
    expect(plan(settledOn(b), { absent: [b] }).move).toBeUndefined();
    expect(moves(plan(settledOn(a), { absent: [b] }))).toBe('SnapshotMissing');
    expect(moves(plan(settledOn(a), { absent: [a, b] }))).toBe('SnapshotMissing');
  });
});

describe('two configs of a workload', () => {
  const configs = [config('shop', { hash: b }), config('common', { hash: b })];

  it('move in one change', () => {
    expect(moves(plan(settledOn(a, twoPins), { configs }))).toEqual([
      ['shop', a, b],
      ['common', a, b],
    ]);
  });

  it('are both frozen by one that is held', () => {
    const held = settledOn(a, { ...twoPins, labels: { ...twoPins.labels, 'held.confroll.dev/common': b } });
    expect(moves(plan(held, { configs }))).toBe('Held');
    const undone = settledOn(a, { ...twoPins, labels: { 'rolled.confroll.dev/common': b } });
    const made = plan(undone, { configs });
    expect(moves(made)).toBe('Held');
    expect(made.labels).toMatchObject({ 'held.confroll.dev/common': b });
  });

  it.each([
    ['wait for each other on one repository', {}, 'WaitingForSameCommit'],
    ['wait for one that fetches', { fetched: 'Unknown', reason: 'Fetching' }, 'WaitingForSameCommit'],
    ['do not wait for one that is suspended', { suspend: true }, [['shop', a, b]]],
    ['do not wait for one that cannot be fetched', { fetched: 'False' }, [['shop', a, b]]],
    ['do not wait for another repository', { url: 'https://git.example.com/other.git' }, [['shop', a, b]]],
  ] as const)('%s', (_, options, expected) => {
    const behind = config('common', { hash: a, attempted: 'main@sha1:0', ...options });
    const made = plan(settledOn(a, twoPins), { configs: [config('shop', { hash: b }), behind] });
    expect(moves(made)).toEqual(expected);
  });
});
