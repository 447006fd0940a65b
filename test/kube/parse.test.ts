import { describe, expect, test } from 'vitest';
import {
  parseConfigMap,
  parseGitConfig,
  parseKubeObject,
  parseSecret,
  parseWorkload,
} from '../../src/kube/parse.ts';

const metadata = { name: 'shop', namespace: 'prod' };
const spec = { source: { url: 'https://git.test/x', ref: { branch: 'main' } }, mountPath: '/etc/shop' };
const template = { metadata: { creationTimestamp: null, labels: { app: 'x' } }, spec: { containers: [] } };

describe('accepted as it is, unknown fields included', () => {
  test.each([
    ['any object', parseKubeObject, { metadata: { ...metadata, future: 1 }, other: true }],
    ['a GitConfig', parseGitConfig, { metadata, spec: { ...spec, future: {} } }],
    ['a GitConfig with status', parseGitConfig, { metadata, spec, status: { hash: 'x', conditions: [{}] } }],
    [
      'a GitConfig with all its fields',
      parseGitConfig,
      {
        metadata,
        spec: {
          ...spec,
          source: {
            ...spec.source,
            ref: { tag: 'v1' },
            certSecretRef: { name: 'x' },
            submodules: true,
            timeout: '5s',
          },
          schedule: '0 6 * * *',
          timeZone: 'UTC',
          env: [{ file: '.env' }, { file: 'a.json', prefix: 'A_', keys: ['B'] }],
          validate: {
            skip: ['x'],
            required: ['x'],
            schemas: [
              { files: ['x'], schema: { path: 'x' } },
              { files: ['x'], schema: { configMapRef: { name: 'x', key: 'x' } } },
            ],
          },
        },
        status: { remote: { revision: 'x', comparison: 'Ahead' }, fetching: { revision: 'x', bytes: 1 } },
      },
    ],
    ['a workload', parseWorkload, { metadata, spec: { replicas: 0, template }, status: {} }],
    ['a ConfigMap without data', parseConfigMap, { metadata }],
    ['a ConfigMap', parseConfigMap, { metadata, data: { a: '1' }, binaryData: { b: 'AA==' } }],
    ['a Secret', parseSecret, { metadata, type: 'Opaque', data: { password: 'eA==' } }],
  ])('%s', (_, parse, raw) => {
    expect(parse(raw)).toBe(raw);
  });
});

describe('refused with what came instead', () => {
  test.each([
    ['nothing', parseKubeObject, undefined, 'a value of type undefined'],
    ['an array', parseKubeObject, [], 'an array'],
    ['an object without metadata', parseKubeObject, { kind: 'Pod' }, 'Pod without a name'],
    ['an empty name', parseKubeObject, { kind: 'Pod', metadata: { name: '' } }, 'got Pod '],
    [
      'labels that are no strings',
      parseKubeObject,
      { metadata: { ...metadata, labels: { a: 1 } } },
      'prod/shop',
    ],
    [
      'a GitConfig without a ref',
      parseGitConfig,
      { metadata, spec: { ...spec, source: { url: 'x' } } },
      'spec.source.ref',
    ],
    [
      'a key of variables that is no text',
      parseGitConfig,
      { metadata, spec: { ...spec, env: [{ file: '.env', keys: [1] }] } },
      'prod/shop',
    ],
    ['a schedule that is no text', parseGitConfig, { metadata, spec: { ...spec, schedule: 6 } }, 'prod/shop'],
    [
      'a secretRef without a name',
      parseGitConfig,
      { metadata, spec: { ...spec, source: { ...spec.source, secretRef: {} } } },
      'prod/shop',
    ],
    [
      'a workload without a template',
      parseWorkload,
      { kind: 'Deployment', metadata, spec: {} },
      'Deployment prod/shop',
    ],
    ['replicas that are text', parseWorkload, { metadata, spec: { template, replicas: '3' } }, 'prod/shop'],
    ['data that are no strings', parseConfigMap, { metadata, data: { a: 1 } }, 'prod/shop'],
  ])('%s', (_, parse, raw, words) => {
    expect(() => parse(raw)).toThrow(words);
  });

  test('and never with the content of a Secret', () => {
    const raw = { kind: 'Secret', metadata, data: { password: 'hunter2', other: 1 } };
    expect(() => parseSecret(raw)).toThrow(/^(?!.*hunter2).*Secret prod\/shop/);
  });
});
