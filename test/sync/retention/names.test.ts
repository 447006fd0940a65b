// Which Snapshots an object names, wherever in it.
import { expect, it } from 'vitest';
import { namesIn } from '../../../src/sync/retention/names.ts';

const template = {
  metadata: {
    labels: { app: 'x', 'pin.confroll.dev/shop': 'aaaaaaaaaaaa' },
    annotations: { 'hash.confroll.dev/shop': 'aaaaaaaaaaaa', 'hash.confroll.dev/common': 'bbbbbbbbbbbb' },
  },
  spec: { containers: [{ name: 'app', env: [{ name: 'hash.confroll.dev/no', value: 'cccccccccccc' }] }] },
};
const pins = ['shop/aaaaaaaaaaaa', 'common/bbbbbbbbbbbb'];

it.each<[string, object, readonly string[]]>([
  ['a Deployment', { metadata: { name: 'x' }, spec: { template } }, pins],
  ['a Job', { metadata: { name: 'x' }, spec: { suspend: true, template } }, pins],
  ['a CronJob', { metadata: { name: 'x' }, spec: { jobTemplate: { spec: { template } } } }, pins],
  [
    'a ControllerRevision',
    { metadata: { name: 'x' }, data: { spec: { template: { $patch: 'replace', ...template } } } },
    pins,
  ],
  ['a Pod, by its metadata alone', { metadata: { name: 'x', ...template.metadata } }, pins],
  [
    'what a workload remembers',
    {
      metadata: {
        name: 'x',
        labels: {
          'rolled.confroll.dev/shop': 'aaaaaaaaaaaa',
          'held.confroll.dev/shop': 'bbbbbbbbbbbb',
          'sick.confroll.dev/shop': 'cccccccccccc',
        },
      },
    },
    ['shop/aaaaaaaaaaaa', 'shop/bbbbbbbbbbbb', 'shop/cccccccccccc'],
  ],
  [
    'not who wrote it, nor what was applied once',
    {
      metadata: {
        name: 'x',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(template) },
        managedFields: [{ fieldsV1: { 'hash.confroll.dev/shop': 'aaaaaaaaaaaa' } }],
      },
    },
    [],
  ],
])('%s', (_, object, names) => {
  expect([...new Set(namesIn(object))].sort()).toEqual([...names].sort());
});

it.each([undefined, null, 1, 'x', [], [{}], { metadata: null }])('nothing in %j', (raw) => {
  expect(namesIn(raw)).toEqual([]);
});
