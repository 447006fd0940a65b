// The exact patch for Pods that people write, kept as files to be read: a change of one byte shows in a review.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { inject, type ResolvedConfig } from '../../src/webhook/inject.ts';
import { createPatch } from '../../src/webhook/patch.ts';
import { hash12 } from './arbitrary-pods.ts';

const golden = join(import.meta.dirname, '../golden/pods');

const shop: ResolvedConfig = {
  name: 'shop',
  hash: hash12('9f86d081884c'),
  mountPath: '/etc/shop',
  revision: 'main@sha1:4fe1c02b9c0c7a1bd6b1e0fbd3a9d2d7c5a4e3f2',
  objects: [[{ key: 'app.yaml', path: 'app.yaml', executable: false }]],
};
const nested: ResolvedConfig = {
  ...shop,
  objects: [
    [
      { key: 'nginx.conf', path: 'nginx.conf', executable: false },
      { key: 'html-index.html-1f3a', path: 'html/index.html', executable: false },
      { key: 'reload.sh', path: 'reload.sh', executable: true },
    ],
  ],
};
const common: ResolvedConfig = {
  ...shop,
  name: 'common',
  hash: hash12('60303ae22b99'),
  mountPath: '/etc/common',
};

const withVariables: ResolvedConfig = { ...shop, environment: ['LOG_LEVEL', 'PORT'] };

const optIn = { 'confroll.dev/config': 'shop' };
const app = { name: 'app', image: 'nginx:1.29' };
const token = {
  name: 'kube-api-access-x7k2p',
  projected: {
    sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
    defaultMode: 420,
  },
};
const tokenMount = {
  name: token.name,
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
};

const rows: [string, JsonObject, ResolvedConfig[]][] = [
  [
    'nothing-but-a-container',
    { metadata: { name: 'web', labels: optIn }, spec: { containers: [app] } },
    [shop],
  ],
  [
    'volumes-and-mounts',
    {
      metadata: { name: 'web', labels: optIn, annotations: { 'example.com/team': 'shop' } },
      spec: { volumes: [token], containers: [{ ...app, volumeMounts: [tokenMount] }] },
    },
    [nested],
  ],
  [
    'init-containers-and-sidecar',
    {
      metadata: { name: 'web', labels: optIn },
      spec: {
        volumes: [token],
        initContainers: [
          { name: 'migrate', image: 'migrate:1' },
          { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', volumeMounts: [tokenMount] },
        ],
        containers: [
          { ...app, volumeMounts: [tokenMount] },
          { name: 'worker', image: 'worker:1' },
        ],
      },
    },
    [shop],
  ],
  [
    'stateful-set',
    {
      metadata: {
        name: 'db-0',
        generateName: 'db-',
        labels: {
          app: 'db',
          'apps.kubernetes.io/pod-index': '0',
          'controller-revision-hash': 'db-6d5f4c7b8',
          'pin.confroll.dev/shop': shop.hash,
          'statefulset.kubernetes.io/pod-name': 'db-0',
          ...optIn,
        },
        annotations: { 'hash.confroll.dev/shop': shop.hash },
      },
      spec: {
        hostname: 'db-0',
        subdomain: 'db',
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }, token],
        containers: [{ ...app, volumeMounts: [{ name: 'data', mountPath: '/var/lib/db' }, tokenMount] }],
      },
    },
    [shop],
  ],
  [
    'generate-name',
    {
      metadata: {
        generateName: 'web-7c9d8f6b5-',
        labels: { app: 'web', 'pod-template-hash': '7c9d8f6b5', ...optIn },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9d8f6b5', uid: 'u-1' }],
      },
      spec: { containers: [app], automountServiceAccountToken: false },
    },
    [shop],
  ],
  [
    'environment-variables',
    {
      metadata: { name: 'web', labels: optIn, annotations: { 'confroll.dev/containers': 'app' } },
      spec: {
        containers: [
          { ...app, envFrom: [{ secretRef: { name: 'web' } }] },
          { name: 'proxy', image: 'proxy:1' },
        ],
      },
    },
    [withVariables],
  ],
  ['two-configs', { metadata: { name: 'web', labels: optIn }, spec: { containers: [app] } }, [shop, common]],
];

describe('the patch for', () => {
  it.each(rows)('%s', async (name, pod, configs) => {
    const injection = inject(pod, configs, '0.0.0');
    if (injection.kind === 'conflict') throw new Error(injection.problem);
    const patch = createPatch(pod, injection.pod);
    if (patch.kind === 'mismatch') throw new Error(patch.why);
    const text = `${JSON.stringify({ pod, patch: patch.operations }, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(golden, `${name}.json`));
  });
});
