// A changed workload: preserved, not begun. One row for each sentence of what is promised.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkloadKind } from '../../src/api/workloads.ts';
import { admitChangedWorkload } from '../../src/webhook/workload-update.ts';
import { testSize } from '../support/size.ts';
import { a, b, c, firstPins, type Short, shortOf, workloadOf } from './short-workload.ts';

type Row = {
  readonly row: string;
  readonly before: Short;
  readonly request: Short;
  /** Left out: what the request says is what happens. */
  readonly becomes?: Short;
  readonly published?: Readonly<Record<string, string | undefined>>;
  readonly kind?: WorkloadKind;
  readonly warns?: string | undefined;
  readonly refused?: string;
};

const labels = { managed: 'true', 'rolled/shop': a };
const settled: Short = { config: 'shop', template: 'shop', pins: { shop: a }, labels };
const held: Short = { ...settled, labels: { ...labels, 'held/shop': b, hold: 'incident' } };
const onTemplate: Short = { template: 'shop', pins: { shop: a }, labels };

const preserving: Row[] = [
  {
    row: 'the clean manifest replaced: label, Pin and memory come back',
    before: settled,
    request: { config: 'shop' },
    becomes: settled,
  },
  {
    row: 'the clean manifest replaced with a new image',
    before: settled,
    request: { config: 'shop', image: '2' },
    becomes: settled,
  },
  {
    row: 'the same while held: hold labels come back, too',
    before: held,
    request: { config: 'shop', image: '2' },
    becomes: held,
  },
  {
    row: 'the same with the label on the template only',
    before: onTemplate,
    request: { template: 'shop' },
    becomes: onTemplate,
  },
  { row: 'only the Pin lost', before: settled, request: { ...settled, pins: {} }, becomes: settled },
  {
    row: 'only the template label lost',
    before: settled,
    request: { config: 'shop', pins: { shop: a }, labels },
    becomes: settled,
  },
  {
    row: 'the Pin lost in a manifest that brings an old memory: the memory is that of the Pin that comes back',
    before: settled,
    request: { config: 'shop', labels: { 'rolled/shop': c } },
    becomes: settled,
  },
  {
    row: 'a Pin that is none counts as lost',
    before: settled,
    request: { ...settled, pins: { shop: 'latest' } },
    becomes: settled,
    warns: 'the Pin hash.confroll.dev/shop is kept, "aaaaaaaaaaaa": a Pin has 12 lower-case hex digits',
  },
  {
    row: 'a Pin in capitals, too',
    before: settled,
    request: { ...settled, pins: { shop: b.toUpperCase() } },
    becomes: settled,
    warns: 'a Pin has 12 lower-case hex digits',
  },
  {
    row: 'one of two Pins lost',
    before: { ...settled, pins: { shop: a, common: b }, annotations: { 'additional-configs': 'common' } },
    request: { ...settled, annotations: { 'additional-configs': 'common' } },
    becomes: { ...settled, pins: { shop: a, common: b }, annotations: { 'additional-configs': 'common' } },
  },
  {
    row: 'an undo to before the opt-in of a labelled workload: kept, with words',
    before: settled,
    request: { config: 'shop', labels, image: '0' },
    becomes: settled,
    warns: 'To leave: kubectl label deployment/web confroll.dev/config-',
  },
];

const passing: Row[] = [
  {
    row: 'an undo to another Pin: untouched, memory too',
    before: settled,
    request: { ...settled, pins: { shop: b } },
  },
  {
    row: 'a re-applied manifest with another Pin annotation: its label follows',
    before: settled,
    request: { ...settled, pins: {}, annotations: { 'hash/shop': b } },
    becomes: { ...settled, pins: { shop: b } },
  },
  {
    row: 'a person resumes: held taken off',
    before: held,
    request: { ...held, labels: { ...labels, hold: 'incident' } },
  },
  { row: 'all our labels taken off while the Pin stays', before: held, request: { ...held, labels: {} } },
  {
    row: 'labels of ours taken off together with a new image',
    before: held,
    request: { ...held, labels, image: '2' },
  },
  { row: 'a new image', before: settled, request: { ...settled, image: '2' } },
  {
    row: 'a label of the workload where the template has had it',
    before: onTemplate,
    request: { ...onTemplate, config: 'shop' },
  },
  {
    row: 'an old Pin without its label: not begun',
    before: { ...settled, pins: {}, annotations: { 'hash/shop': a } },
    request: { ...settled, pins: {}, annotations: { 'hash/shop': a }, labels: {} },
    becomes: { config: 'shop', template: 'shop', pins: { shop: `${a}/undefined` } },
  },
  { row: 'a workload that never asked', before: {}, request: { image: '2' } },
];

const beginning: Row[] = [
  {
    row: 'label on a running workload: left to the reloader',
    before: {},
    request: { config: 'shop' },
    published: { shop: a },
  },
  {
    row: 'label on a running workload with nothing published: a warning',
    before: {},
    request: { config: 'shop' },
    published: { shop: undefined },
    warns: 'shop is empty',
  },
  {
    row: 'label and image at once: stamped',
    before: {},
    request: { config: 'shop', image: '2' },
    published: { shop: a },
    becomes: settled,
  },
  {
    row: 'label and image at once, nothing published: left to the reloader',
    before: {},
    request: { config: 'shop', image: '2' },
    published: { shop: undefined },
    warns: 'shop is empty',
  },
  {
    row: 'an image after a label that waits for the reloader: stamped',
    before: { config: 'shop' },
    request: { config: 'shop', image: '2' },
    published: { shop: a },
    becomes: settled,
  },
  {
    row: 'label on the template: restarts anyway, so stamped',
    before: {},
    request: { template: 'shop' },
    published: { shop: a },
    becomes: onTemplate,
  },
  {
    row: 'label on the template with a Pin: kept, managed, no memory',
    before: {},
    request: { template: 'shop', pins: { shop: b } },
    becomes: { template: 'shop', pins: { shop: b }, labels: { managed: 'true' } },
  },
  {
    row: 'label on the template of a Deployment, nothing published: a warning',
    before: {},
    request: { template: 'shop' },
    published: { shop: undefined },
    becomes: { template: 'shop', labels: { managed: 'true' } },
    warns: 'shop is empty',
  },
  ...(['StatefulSet', 'DaemonSet'] as const).map((kind) => ({
    row: `label on the template of a ${kind}, nothing published: refused`,
    kind,
    before: {},
    request: { template: 'shop' },
    published: { shop: undefined },
    refused: `GitConfig "shop" has published nothing. A ${kind} replaces its Pods before it has new ones`,
  })),
  {
    row: 'the same on a Deployment that loses its Pods first: refused',
    before: {},
    request: { template: 'shop', strategy: 'Recreate' },
    published: { shop: undefined },
    refused:
      'GitConfig "shop" has published nothing. A Deployment with strategy Recreate deletes its Pods before it has new ones, so it would lose them all now: put the label on the Deployment itself instead of its template and the Pods follow by themselves, or wait',
  },
  {
    row: 'a Deployment that loses its Pods first, with something published: stamped',
    before: { strategy: 'Recreate' },
    request: { template: 'shop', strategy: 'Recreate' },
    published: { shop: a },
    becomes: onTemplate,
  },
  {
    row: 'label on a StatefulSet and its template, nothing published: refused, one is enough',
    kind: 'StatefulSet',
    before: {},
    request: { config: 'shop', template: 'shop' },
    published: { shop: undefined },
    refused:
      'would lose one now: leave the label out of the template, that of the StatefulSet is enough: the Pods follow by themselves',
  },
  {
    row: 'a StatefulSet that waits for its first Snapshot may change',
    kind: 'StatefulSet',
    before: { template: 'shop', labels: { managed: 'true' } },
    request: { template: 'shop', labels: { managed: 'true' }, image: '2' },
    published: { shop: undefined },
    warns: 'shop is empty',
  },
  {
    row: 'a further config on a StatefulSet, not published: refused',
    kind: 'StatefulSet',
    before: settled,
    request: { ...settled, annotations: { 'additional-configs': 'common' } },
    published: { common: undefined },
    refused:
      'GitConfig "common" has published nothing. A StatefulSet replaces its Pods before it has new ones, so it would lose one now: write "common" into the annotation confroll.dev/additional-configs when it has published',
  },
  {
    row: 'a further config: stamped, the Pin of the first stays',
    before: settled,
    request: { ...settled, annotations: { 'additional-configs': 'common' } },
    published: { common: b },
    becomes: {
      ...settled,
      pins: { shop: a, common: b },
      labels: { ...labels, 'rolled/common': b },
      annotations: { 'additional-configs': 'common' },
    },
  },
  {
    row: 'a further config gone: its Pin and labels, too',
    before: {
      ...settled,
      pins: { shop: a, common: b },
      labels: { ...labels, 'rolled/common': b, 'held/common': c },
      annotations: { 'additional-configs': 'common' },
    },
    request: {
      ...settled,
      pins: { shop: a, common: b },
      labels: { ...labels, 'rolled/common': b, 'held/common': c },
    },
    becomes: settled,
  },
];

const changing: Row[] = [
  {
    row: 'another value on the workload: old Pin and labels out, new ones in',
    before: held,
    request: { ...held, config: 'flags' },
    published: { flags: c },
    becomes: {
      config: 'flags',
      template: 'flags',
      pins: { flags: c },
      labels: { managed: 'true', hold: 'incident', 'rolled/flags': c },
    },
  },
  {
    row: 'another value on the template',
    before: onTemplate,
    request: { ...onTemplate, template: 'flags' },
    published: { flags: c },
    becomes: { template: 'flags', pins: { flags: c }, labels: { managed: 'true', 'rolled/flags': c } },
  },
  {
    row: 'another value of which nothing is published, on a Deployment: a warning',
    before: settled,
    request: { ...settled, config: 'flags' },
    published: { flags: undefined },
    becomes: { config: 'flags', template: 'flags', labels: { managed: 'true' } },
    warns: 'flags is empty',
  },
  {
    row: 'the same on a StatefulSet: refused',
    kind: 'StatefulSet',
    before: settled,
    request: { ...settled, config: 'flags' },
    published: { flags: undefined },
    refused: 'would lose one now: change the label confroll.dev/config to "flags" when it has published',
  },
  {
    row: 'two that differ: the template follows the workload, with a warning',
    before: settled,
    request: { ...settled, template: 'flags' },
    becomes: settled,
    warns: 'the Pod template gets the label confroll.dev/config of the workload, "shop", not "flags"',
  },
  {
    row: 'a label that wins over that of the template',
    before: onTemplate,
    request: { ...onTemplate, config: 'flags' },
    published: { flags: c },
    becomes: {
      config: 'flags',
      template: 'flags',
      pins: { flags: c },
      labels: { managed: 'true', 'rolled/flags': c },
    },
  },
  {
    row: 'an invalid value: refused',
    before: settled,
    request: { ...settled, config: 'No' },
    refused: '"No" is not the name',
  },
  {
    row: 'a new image beside an old invalid value: let through, with words',
    before: { config: 'No' },
    request: { config: 'No', image: '2' },
    warns: '"No" is not the name',
  },
];

const leaving: Row[] = [
  {
    row: 'the label of the workload taken away: label, Pin and our labels go',
    before: held,
    request: { template: 'shop', pins: { shop: a }, labels: held.labels ?? {} },
    becomes: { labels: { hold: 'incident' } },
    warns: 'the workload leaves GitConfig "shop"',
  },
  {
    row: 'neither has one any more',
    before: onTemplate,
    request: { pins: { shop: a }, labels },
    becomes: {},
  },
  {
    row: 'an undo to before the opt-in of a template',
    before: onTemplate,
    request: { labels, image: '0' },
    becomes: {},
  },
  {
    row: 'further configs go as well',
    before: { ...settled, pins: { shop: a, common: b }, annotations: { 'additional-configs': 'common' } },
    request: {
      template: 'shop',
      pins: { shop: a, common: b },
      labels: { ...labels, 'rolled/common': b },
      annotations: { 'additional-configs': 'common' },
    },
    becomes: { annotations: { 'additional-configs': 'common' } },
    warns: 'the workload leaves GitConfig "shop"',
  },
  {
    row: 'moved to another value on the template: not leaving',
    before: settled,
    request: { template: 'flags', pins: { shop: a }, labels },
    published: { flags: c },
    becomes: { template: 'flags', pins: { flags: c }, labels: { managed: 'true', 'rolled/flags': c } },
  },
  { row: 'nothing of ours was there', before: { config: 'shop' }, request: {} },
];

describe.each([
  ['is preserved', preserving],
  ['passes', passing],
  ['begins', beginning],
  ['changes its config', changing],
  ['leaves', leaving],
])('a changed workload %s', (_, rows) => {
  it.each(rows)(
    '$row',
    ({ before, request, becomes = request, published = {}, kind = 'Deployment', warns, refused }) => {
      const change = { kind, name: 'web', workload: workloadOf(request), before: workloadOf(before) };
      const decision = admitChangedWorkload(change, firstPins(published));
      if (decision.kind === 'refuse') {
        expect(decision.message).toContain(refused ?? 'not refused');
        return;
      }
      const { image: _image, strategy: _strategy, ...expected } = becomes;
      expect(shortOf(decision.workload)).toStrictEqual(withoutEmpty(expected));
      expect(decision.warnings.join('\n')).toContain(warns ?? '');
      if (warns === undefined) expect(decision.warnings).toStrictEqual([]);
      expect(refused).toBeUndefined();
      // The user's own part is never touched.
      expect(JSON.stringify(decision.workload)).toContain(`"image":"${request.image ?? '1'}"`);
    },
  );
});

describe('laws', () => {
  const config = fc.option(fc.constantFrom('shop', 'flags'), { nil: undefined });
  const pins = fc.dictionary(fc.constantFrom('shop', 'flags', 'common'), fc.constantFrom<string>(a, b), {
    maxKeys: 3,
  });
  const anyLabels = fc.dictionary(
    fc.constantFrom('managed', 'hold', 'rolled/shop', 'held/shop', 'rolled/flags', 'held/common', 'wave'),
    fc.constantFrom<string>(a, b),
    { maxKeys: 4 },
  );
  const annotations = fc.constantFrom<Record<string, string>>({}, { 'additional-configs': 'common' });
  const image = fc.constantFrom('1', '2');
  const short = fc
    .record({ config, template: config, pins, labels: anyLabels, annotations, image })
    .map(({ config, template, ...rest }) => ({
      ...(config === undefined ? {} : { config }),
      ...(template === undefined ? {} : { template }),
      ...rest,
    }));
  const published = firstPins({ shop: c, flags: c, common: c });

  it('a second call decides the same, and only keys of ours ever change', () => {
    fc.assert(
      fc.property(short, short, (request, before) => {
        const change = { kind: 'Deployment' as const, name: 'web', before: workloadOf(before) };
        const first = admitChangedWorkload({ ...change, workload: workloadOf(request) }, published);
        if (first.kind !== 'admit') throw new Error(first.message);
        const second = admitChangedWorkload({ ...change, workload: first.workload }, published);
        expect(second.kind === 'admit' && second.workload).toStrictEqual(first.workload);
        expect(first.workload).toMatchObject({
          metadata: { name: 'web', labels: { team: 'x' } },
          spec: {
            template: {
              metadata: { labels: { app: 'web' } },
              spec: { containers: [{ name: 'app', image: request.image }] },
            },
          },
        });
        const after = shortOf(first.workload);
        expect(after.config).toBe(request.config);
        expect(after.labels?.wave).toBe(request.labels.wave);
        expect(after.labels?.hold ?? before.labels.hold).toBe(request.labels.hold ?? before.labels.hold);
      }),
      { numRuns: testSize({ usual: 2_000, full: 100_000 }) },
    );
  });

  it('no Pin that somebody else wrote is ever changed, unless its config is not asked for any more', () => {
    fc.assert(
      fc.property(short, short, (request, before) => {
        const change = { kind: 'Deployment' as const, name: 'web', before: workloadOf(before) };
        const decision = admitChangedWorkload({ ...change, workload: workloadOf(request) }, published);
        if (decision.kind !== 'admit') throw new Error(decision.message);
        const after = shortOf(decision.workload);
        for (const [name, pin] of Object.entries(after.pins ?? {})) {
          const wanted = request.pins[name] ?? before.pins[name] ?? c;
          expect(pin).toBe(wanted);
        }
      }),
      { numRuns: testSize({ usual: 2_000, full: 100_000 }) },
    );
  });
});

function withoutEmpty(short: Short): Short {
  return Object.fromEntries(
    Object.entries(short).filter(([, value]) => typeof value === 'string' || Object.keys(value).length > 0),
  );
}
