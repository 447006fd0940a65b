// The whole webhook in front of a real API server, with the configuration of manifests/: what users meet, and how it
// comes back from whatever is done to its certificates.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/cluster/free-port.ts';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';
import { gitConfigCrd } from '../../src/api/crd.ts';
import { parseContentHash } from '../../src/api/identifiers.ts';
import { snapshotMetadata } from '../../src/api/snapshot.ts';
import { partMetadata } from '../../src/api/snapshot-parts.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import { issueAuthority } from '../../src/webhook/certificates/issue.ts';
import { recordsAt, textsAt, valueAt } from '../../src/webhook/raw.ts';
import { createWebhook, type Webhook } from '../../src/webhook/webhook.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { createReader, type Reader } from '../support/reader.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const server = useApiServer();
const system = 'confroll-system';
const hashes = { one: '1'.repeat(12), two: '2'.repeat(12) };
const optIn = { 'confroll.dev/config': 'shop' };

type Replica = {
  webhook: Webhook;
  registry: Registry;
  log: ReturnType<typeof createRecordedLog>;
  stop(): Promise<void>;
};

let kubectl: Kubectl;
let reader: Reader;
let port = 0;
let replica: Replica;

function start(at: number, drainSeconds = 0): Replica {
  const log = createRecordedLog();
  const registry = new Registry();
  const webhook = createWebhook({
    kube: server().kube,
    clock: systemClock,
    log,
    registry,
    namespaces: 'all',
    version: '1.2.3',
    namespace: system,
    serviceName: 'confroll-webhook',
    hosts: ['127.0.0.1'],
    port: at,
    listenHost: '127.0.0.1',
    drainSeconds,
  });
  const stop = new AbortController();
  const running = webhook.run(stop.signal);
  return {
    webhook,
    registry,
    log,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

const notReady = ({ webhook }: Replica): string => {
  const readiness = webhook.ready();
  return readiness.ready ? '' : readiness.why;
};
const untilReady = (of: Replica) =>
  eventually(() => {
    const why = notReady(of);
    if (why !== '') throw new Error(why);
    return true;
  });

/** That of manifests/, called by address instead of by Service. */
async function applyConfiguration(): Promise<void> {
  const file = join(import.meta.dirname, '../../manifests/base/webhook-configuration.yaml');
  const configuration: unknown = load(await readFile(file, 'utf8'));
  if (!isRecord(configuration)) throw new Error(`${file} is no object`);
  const webhooks = recordsAt(configuration, 'webhooks').map((webhook) => ({
    ...webhook,
    clientConfig: { url: `https://127.0.0.1:${port}${valueAt(webhook, 'clientConfig', 'service', 'path')}` },
  }));
  await kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ ...configuration, webhooks }),
  });
}

async function newNamespace(): Promise<string> {
  const namespace = await server().namespace();
  // Without controllers nobody makes the service account that Pods want.
  await kubectl(['-n', namespace, 'create', 'serviceaccount', 'default']);
  return namespace;
}

async function publish(
  namespace: string,
  hash: string,
  status: object = { hash, stableHash: hash },
  environment?: readonly string[],
): Promise<void> {
  const full = parseContentHash(hash.padEnd(64, '0'));
  if (full === undefined) throw new Error(hash);
  const metadata = snapshotMetadata({
    config: 'shop',
    hash: full,
    format: '1',
    mountPath: '/etc/shop',
    revision: `main@sha1:${hash}`,
    author: 'someone',
    subject: 'something',
    files: [{ key: 'app.yaml', path: 'conf/app.yaml', executable: false }],
    shards: 0,
    environment,
  });
  const variables = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: partMetadata({ kind: 'environment', config: 'shop', hash: full, format: '1' }),
    immutable: true,
    data: Object.fromEntries((environment ?? []).map((name) => [name, hash])),
  };
  const snapshot = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    immutable: true,
    data: { 'app.yaml': 'a: 1' },
  };
  if (environment !== undefined) await reader.apply(namespace, variables);
  await reader.apply(namespace, snapshot, gitConfig({ url: 'https://git.example.com/x.git' }));
  const patch = JSON.stringify({ status });
  await kubectl([
    '-n',
    namespace,
    'patch',
    'gitconfig',
    'shop',
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}

const pod = (metadata: object, spec: object = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [{ name: 'app', image: 'none' }], ...spec },
});

const create = async (namespace: string, object: object, ...flags: string[]): Promise<JsonObject> => {
  const created: unknown = JSON.parse(
    await kubectl(['-n', namespace, 'create', '-o', 'json', ...flags, '-f', '-'], {
      input: JSON.stringify(object),
    }),
  );
  return isRecord(created) ? created : {};
};
const refusal = (run: Promise<unknown>): Promise<string> => run.then(() => 'not refused', String);

beforeAll(async () => {
  kubectl = createKubectl(server().cluster);
  reader = createReader(kubectl, server().cluster.kubeconfig);
  await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(gitConfigCrd) });
  await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev', '--timeout=30s']);
  await kubectl(['create', 'namespace', system]);
  await kubectl(['-n', 'default', 'create', 'serviceaccount', 'default']);
  port = await freePort();
  replica = start(port);
}, 120_000);
afterAll(() => replica?.stop());

describe('readiness', () => {
  it('waits for the webhook configuration, then vouches for itself in it', async () => {
    await eventually(() => notReady(replica).includes('there is no MutatingWebhookConfiguration "confroll"'));
    await applyConfiguration();
    await untilReady(replica);
    const bundles = await caBundles();
    expect(bundles.length).toBe(3);
    expect(new Set(bundles).size).toBe(1);
    // The API server hears of the new bundle a moment later.
    const namespace = await newNamespace();
    await eventually(async () =>
      (await refusal(create(namespace, pod({ name: 'x', labels: optIn })))).includes('GitConfig'),
    );
  });
});

describe('Pods', () => {
  it('without a GitConfig are refused with words; unlabelled ones are nobody’s business', async () => {
    const namespace = await newNamespace();
    expect(await refusal(create(namespace, pod({ name: 'web', labels: optIn })))).toContain(
      `admission webhook "pods.confroll.dev" denied the request: there is no GitConfig "shop" in namespace "${namespace}"`,
    );
    await create(namespace, pod({ name: 'other' }));
  });

  it('get the stable content, in every container, at the moment it is published', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    const made = await create(
      namespace,
      pod({ generateName: 'web-', labels: optIn }, { initContainers: [{ name: 'init', image: 'none' }] }),
    );
    expect(recordsAt(made, 'spec', 'volumes').find(({ name }) => name === 'confroll-shop')).toStrictEqual({
      name: 'confroll-shop',
      projected: {
        defaultMode: 420,
        sources: [
          {
            configMap: {
              name: `shop-${hashes.one}`,
              items: [{ key: 'app.yaml', path: 'conf/app.yaml' }],
            },
          },
        ],
      },
    });
    for (const list of ['containers', 'initContainers']) {
      const [container] = recordsAt(made, 'spec', list);
      expect(recordsAt(container, 'volumeMounts')).toContainEqual({
        name: 'confroll-shop',
        mountPath: '/etc/shop',
        readOnly: true,
      });
    }
    expect(textsAt(made, 'metadata', 'annotations')).toMatchObject({
      'hash.confroll.dev/shop': hashes.one,
      'revision.confroll.dev/shop': `main@sha1:${hashes.one}`,
    });
    expect(textsAt(made, 'metadata', 'labels')['pin.confroll.dev/shop']).toBe(hashes.one);
  });

  it('keep their Pin, also when the GitConfig is gone', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    await publish(namespace, hashes.two);
    const pinned = { name: 'old', labels: optIn, annotations: { 'hash.confroll.dev/shop': hashes.one } };
    const source = (object: JsonObject) =>
      valueAt(
        recordsAt(recordsAt(object, 'spec', 'volumes').at(-1), 'projected', 'sources')[0],
        'configMap',
        'name',
      );
    expect(source(await create(namespace, pod(pinned)))).toBe(`shop-${hashes.one}`);
    await kubectl(['-n', namespace, 'delete', 'gitconfig', 'shop']);
    expect(source(await create(namespace, pod({ ...pinned, name: 'older' })))).toBe(`shop-${hashes.one}`);
    expect(await refusal(create(namespace, pod({ name: 'new', labels: optIn })))).toContain('no GitConfig');
  });

  it('are answered in a dry run as for real, and made anew from their own export', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    const dry = await create(namespace, pod({ name: 'web', labels: optIn }), '--dry-run=server');
    expect(textsAt(dry, 'metadata', 'annotations')['hash.confroll.dev/shop']).toBe(hashes.one);
    const made = await create(namespace, pod({ name: 'web', labels: optIn }));
    await kubectl(['-n', namespace, 'delete', 'pod', 'web', '--force', '--grace-period=0']);
    const { spec } = made;
    const again = await create(namespace, {
      ...pod({
        name: 'web',
        labels: textsAt(made, 'metadata', 'labels'),
        annotations: textsAt(made, 'metadata', 'annotations'),
      }),
      spec,
    });
    expect(again.spec).toStrictEqual(spec);
  });

  it('get variables in the containers they came with, and files in one that is added between two calls, too', async () => {
    await kubectl(['apply', '-f', join(import.meta.dirname, 'sidecar-policy.yaml')]);
    const namespace = await newNamespace();
    await publish(namespace, hashes.one, undefined, ['LOG_LEVEL']);
    const labels = { ...optIn, 'sidecar.test': '' };
    const own = { name: 'app', image: 'none', envFrom: [{ secretRef: { name: 'own' } }] };
    let count = 0;
    // The API server hears of the policy a moment later.
    const containers = await eventually(async () => {
      count += 1;
      const made = await create(namespace, pod({ name: `web-${count}`, labels }, { containers: [own] }));
      const found = recordsAt(made, 'spec', 'containers');
      return found.length === 2 && found;
    });
    expect(containers).toMatchObject([
      {
        name: 'app',
        envFrom: [{ configMapRef: { name: `shop-${hashes.one}-env` } }, { secretRef: { name: 'own' } }],
      },
      { name: 'sidecar' },
    ]);
    expect(containers[1]).not.toHaveProperty('envFrom');
    const mounts = containers.map((container) => recordsAt(container, 'volumeMounts'));
    expect(mounts.every((each) => each.some(({ name }) => name === 'confroll-shop'))).toBe(true);

    // Pinned to content whose variables somebody deleted: said, and not left to a kubelet that waits for them.
    await kubectl(['-n', namespace, 'delete', 'configmap', `shop-${hashes.one}-env`]);
    await eventually(async () =>
      (await refusal(create(namespace, pod({ name: 'late', labels: optIn }), '--dry-run=server'))).includes(
        `ConfigMap "shop-${hashes.one}-env" in namespace "${namespace}"`,
      ),
    );
  });

  it('with their own mount in the way are refused before the API server refuses them', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    const spec = {
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [{ name: 'app', image: 'none', volumeMounts: [{ name: 'data', mountPath: '/etc/shop/' }] }],
    };
    expect(await refusal(create(namespace, pod({ name: 'web', labels: optIn }, spec)))).toContain(
      'container "app" already mounts volume "data" at /etc/shop/, where GitConfig "shop" would be mounted',
    );
  });
});

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('a %s', (kind) => {
  const web = (more: object = {}): object => workload({ kind, name: 'web', ...more });
  const pinOf = (object: unknown) =>
    textsAt(object, 'spec', 'template', 'metadata', 'annotations')['hash.confroll.dev/shop'];

  it('starts with label, Pin and memory; replaced by its clean manifest it keeps them', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    const made = await create(namespace, web({ labels: optIn }));
    expect(pinOf(made)).toBe(hashes.one);
    expect(valueAt(made, 'metadata', 'generation')).toBe(1);
    const labels = textsAt(made, 'metadata', 'labels');
    expect(labels).toStrictEqual({
      ...optIn,
      'confroll.dev/managed': 'true',
      'rolled.confroll.dev/shop': hashes.one,
    });
    await kubectl(['-n', namespace, 'label', kind, 'web', `held.confroll.dev/shop=${hashes.two}`]);
    const input = JSON.stringify(web({ labels: optIn, image: 'none:2' }));
    await kubectl(['-n', namespace, 'replace', '-f', '-'], { input });
    const replaced = await reader.read(namespace, kind, 'web');
    expect(pinOf(replaced)).toBe(hashes.one);
    expect(textsAt(replaced, 'metadata', 'labels')).toStrictEqual({
      ...labels,
      'held.confroll.dev/shop': hashes.two,
    });
    await kubectl(['-n', namespace, 'label', kind, 'web', 'held.confroll.dev/shop-']);
    const resumed = await reader.read(namespace, kind, 'web');
    expect(textsAt(resumed, 'metadata', 'labels')).toStrictEqual(labels);
  });

  it('opts in while it runs without a restart by admission, and out with everything of ours', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    await create(namespace, web());
    await kubectl(['-n', namespace, 'label', kind, 'web', 'confroll.dev/config=shop']);
    const labelled = await reader.read(namespace, kind, 'web');
    expect(pinOf(labelled)).toBeUndefined();
    expect(valueAt(labelled, 'metadata', 'generation')).toBe(1);
    await kubectl(['-n', namespace, 'set', 'image', `${kind}/web`, 'app=none:2']);
    const stamped = await reader.read(namespace, kind, 'web');
    expect(pinOf(stamped)).toBe(hashes.one);
    expect(valueAt(stamped, 'metadata', 'generation')).toBe(2);
    await kubectl(['-n', namespace, 'label', kind, 'web', 'confroll.dev/config-']);
    const left = await reader.read(namespace, kind, 'web');
    expect(
      JSON.stringify({ ...left, metadata: { labels: textsAt(left, 'metadata', 'labels') } }),
    ).not.toContain('confroll.dev');
  });

  it('may come before anything is published; a label on the running template only on a Deployment', async () => {
    const namespace = await newNamespace();
    await create(namespace, web({ labels: optIn }));
    const early = await reader.read(namespace, kind, 'web');
    expect(textsAt(early, 'spec', 'template', 'metadata', 'labels')).toMatchObject(optIn);
    expect(pinOf(early)).toBeUndefined();
    expect(textsAt(early, 'metadata', 'labels')['confroll.dev/managed']).toBe('true');
    await create(namespace, workload({ kind, name: 'running' }));
    const patch = JSON.stringify({ spec: { template: { metadata: { labels: optIn } } } });
    const answer = await refusal(kubectl(['-n', namespace, 'patch', kind, 'running', '-p', patch]));
    if (kind === 'Deployment') expect(answer).toBe('not refused');
    else expect(answer).toContain('would lose one now');
  });
});

describe('certificates', () => {
  it('two replicas that start at once share one authority', async () => {
    await kubectl(['-n', system, 'delete', 'secret', 'confroll-webhook-ca']);
    const others = [start(0), start(0)];
    try {
      await Promise.all([...others, replica].map(untilReady));
      const [bundle] = await caBundles();
      expect(new Set(await caBundles()).size).toBe(1);
      const secret = await reader.read(system, 'secret', 'confroll-webhook-ca');
      expect(textsAt(secret, 'data')['ca.crt']).toBe(bundle);
      expect(Object.keys(textsAt(secret, 'data')).sort()).toStrictEqual(['ca.crt', 'ca.key']);
    } finally {
      await Promise.all(others.map((other) => other.stop()));
    }
    await admits();
  });

  it('a wiped or foreign caBundle is filled in again', async () => {
    const before = await caBundles();
    const foreign = Buffer.from((await issueAuthority(Date.now())).certificate).toString('base64');
    const patch = JSON.stringify([
      { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' },
      { op: 'replace', path: '/webhooks/1/clientConfig/caBundle', value: foreign },
    ]);
    await kubectl(['patch', 'mutatingwebhookconfiguration', 'confroll', '--type=json', '-p', patch]);
    await eventually(async () => (await caBundles()).join() === before.join());
    await untilReady(replica);
    await admits();
  });

  it('a configuration that was deleted and made again is filled in; without one it is not ready', async () => {
    await kubectl(['delete', 'mutatingwebhookconfiguration', 'confroll']);
    await eventually(() => notReady(replica).includes('apply the manifests of confroll'));
    await applyConfiguration();
    await untilReady(replica);
    await admits();
  });

  it('a Secret that was deleted comes back with the authority that everybody trusts', async () => {
    const [before] = await caBundles();
    await kubectl(['-n', system, 'delete', 'secret', 'confroll-webhook-ca']);
    // Any change of the configuration makes it look; otherwise it is the ticker.
    await kubectl(['annotate', 'mutatingwebhookconfiguration', 'confroll', 'looked=at']);
    const secret = await eventually(() => reader.read(system, 'secret', 'confroll-webhook-ca'));
    expect(textsAt(secret, 'data')['ca.crt']).toBe(before);
  });

  it('a Secret without a usable authority is said, with the command that mends it', async () => {
    const patch = JSON.stringify({ data: { 'ca.key': Buffer.from('nonsense').toString('base64') } });
    await kubectl(['-n', system, 'patch', 'secret', 'confroll-webhook-ca', '-p', patch]);
    const other = start(0);
    try {
      await eventually(() => notReady(other).includes('ca.key does not belong to ca.crt'));
      expect(notReady(other)).toContain('kubectl -n confroll-system delete secret confroll-webhook-ca');
      expect(JSON.stringify(other.log.lines)).not.toContain('nonsense');
      // The one that serves goes on.
      await admits();
      await kubectl(['-n', system, 'delete', 'secret', 'confroll-webhook-ca']);
      await untilReady(other);
    } finally {
      await other.stop();
    }
    await kubectl(['annotate', 'mutatingwebhookconfiguration', 'confroll', 'looked=again', '--overwrite']);
    await untilReady(replica);
    await admits();
  });

  it('metrics tell when the certificate ends', async () => {
    const text = await replica.registry.metrics();
    expect(text).toMatch(/confroll_webhook_certificate_not_after_timestamp_seconds 1\d{9}/);
    expect(text).toContain('confroll_webhook_ready 1');
    expect(text).toContain(
      'confroll_admission_requests_total{path="/pods",operation="CREATE",result="patched"}',
    );
    expect(text).not.toContain('confroll_admission_patch_mismatches_total{');
  });
});

describe('the end', () => {
  it('answers during the drain without being ready, and then no more; unlabelled Pods never notice', async () => {
    const namespace = await newNamespace();
    await publish(namespace, hashes.one);
    await replica.stop();
    const draining = start(port, 3);
    await untilReady(draining);
    await eventually(() => create(namespace, pod({ generateName: 'web-', labels: optIn })));
    const stopped = draining.stop();
    await eventually(() => notReady(draining) === 'stopping');
    await create(namespace, pod({ generateName: 'web-', labels: optIn }));
    await stopped;
    expect(await refusal(create(namespace, pod({ generateName: 'web-', labels: optIn })))).toContain(
      'failed calling webhook "pods.confroll.dev"',
    );
    await create(namespace, pod({ generateName: 'other-' }));
    expect(await refusal(create(namespace, workload({ name: 'web', labels: optIn })))).toContain(
      'failed calling webhook "workload-create.confroll.dev"',
    );
    await create(namespace, workload({ name: 'web' }));
    await kubectl(['-n', namespace, 'label', 'deployment', 'web', 'confroll.dev/config=shop']);
  });
});

async function caBundles(): Promise<unknown[]> {
  const configuration = await reader.read('default', 'mutatingwebhookconfiguration', 'confroll');
  return recordsAt(configuration, 'webhooks').map((webhook) => valueAt(webhook, 'clientConfig', 'caBundle'));
}

/** The API server really reaches it: asked with a Pod that it refuses in its own words. */
async function admits(): Promise<void> {
  await eventually(async () => {
    const answer = await refusal(
      create('default', pod({ name: 'probe', labels: optIn }), '--dry-run=server'),
    );
    if (answer.includes('there is no GitConfig')) return true;
    throw new Error(answer);
  });
}
