// A new workload starts with its config, in one revision.
import { describe, expect, it } from 'vitest';
import { admitNewWorkload } from '../../src/webhook/workload-create.ts';
import type { WorkloadDecision } from '../../src/webhook/workload-decision.ts';
import { a, b, firstPins, type Short, shortOf, workloadOf } from './short-workload.ts';

type Row = {
  readonly row: string;
  readonly created: Short;
  readonly published: Readonly<Record<string, string | undefined>>;
  readonly becomes: Short;
  readonly warns?: string[];
};

const managed = { managed: 'true' };

const rows: Row[] = [
  {
    row: 'label on the workload: label and Pin into the template, memory beside it',
    created: { config: 'shop' },
    published: { shop: a },
    becomes: {
      config: 'shop',
      template: 'shop',
      pins: { shop: a },
      labels: { ...managed, 'rolled/shop': a },
    },
  },
  {
    row: 'label on the template only: never written onto the workload',
    created: { template: 'shop' },
    published: { shop: a },
    becomes: { template: 'shop', pins: { shop: a }, labels: { ...managed, 'rolled/shop': a } },
  },
  {
    row: 'both, and further configs',
    created: { config: 'shop', template: 'shop', annotations: { 'additional-configs': 'common,flags=/x' } },
    published: { shop: a, common: b, flags: b },
    becomes: {
      config: 'shop',
      template: 'shop',
      pins: { shop: a, common: b, flags: b },
      labels: { ...managed, 'rolled/shop': a, 'rolled/common': b, 'rolled/flags': b },
      annotations: { 'additional-configs': 'common,flags=/x' },
    },
  },
  {
    row: 'nothing published: label, no Pin, no memory, a warning',
    created: { config: 'shop' },
    published: { shop: undefined },
    becomes: { config: 'shop', template: 'shop', labels: managed },
    warns: ['shop is empty'],
  },
  {
    row: 'one of two published: its Pin only',
    created: { config: 'shop', annotations: { 'additional-configs': 'common' } },
    published: { shop: undefined, common: b },
    becomes: {
      config: 'shop',
      template: 'shop',
      pins: { common: b },
      labels: { ...managed, 'rolled/common': b },
      annotations: { 'additional-configs': 'common' },
    },
    warns: ['shop is empty'],
  },
  {
    row: 'an exported manifest keeps its Pin and its labels',
    created: {
      config: 'shop',
      template: 'shop',
      pins: { shop: b },
      labels: { 'rolled/shop': b, 'held/shop': a },
    },
    published: { shop: a },
    becomes: {
      config: 'shop',
      template: 'shop',
      pins: { shop: b },
      labels: { ...managed, 'rolled/shop': b, 'held/shop': a },
    },
  },
  {
    row: 'a Pin that somebody wrote gets its label, and no memory that says it is settled',
    created: { config: 'shop', annotations: { 'hash/shop': b } },
    published: {},
    becomes: { config: 'shop', template: 'shop', pins: { shop: b }, labels: managed },
  },
  {
    row: 'a Pin that is none is replaced',
    created: { config: 'shop', pins: { shop: 'latest' } },
    published: { shop: a },
    becomes: {
      config: 'shop',
      template: 'shop',
      pins: { shop: a },
      labels: { ...managed, 'rolled/shop': a },
    },
  },
  {
    row: 'no label at all: nothing',
    created: { annotations: { 'additional-configs': 'common' } },
    published: {},
    becomes: { annotations: { 'additional-configs': 'common' } },
  },
];

describe('a new workload', () => {
  it.each(rows)('$row', ({ created, published, becomes, warns = [] }) => {
    const decision = admitNewWorkload(workloadOf(created), firstPins(published));
    expect(outcome(decision)).toStrictEqual({ becomes, warns });
    if (decision.kind === 'admit') {
      // Called a second time, after other webhooks.
      const again = admitNewWorkload(decision.workload, firstPins(published));
      expect(again.kind === 'admit' && again.workload).toStrictEqual(decision.workload);
    }
  });

  it.each<[string, Short, string]>([
    [
      'two labels that differ',
      { config: 'shop', template: 'flags' },
      'the label confroll.dev/config is "shop" on the workload and "flags" on its Pod template; write the same GitConfig into both, or leave one out',
    ],
    ['a name that is none', { config: 'Shop' }, '"Shop" is not the name of a GitConfig'],
    [
      'a name twice',
      { config: 'shop', annotations: { 'additional-configs': 'shop' } },
      'GitConfig "shop" is named twice',
    ],
  ])('is refused with %s', (_, created, message) => {
    const decision = admitNewWorkload(workloadOf(created), firstPins({}));
    expect(decision.kind === 'refuse' ? decision.message : decision.kind).toContain(message);
  });
});

function outcome(decision: WorkloadDecision): unknown {
  if (decision.kind === 'refuse') return decision.message;
  return { becomes: shortOf(decision.workload), warns: decision.warnings };
}
