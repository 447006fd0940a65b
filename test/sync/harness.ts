// A real API server with our CRD, and sync running against it as the controller's service account with its real rights.
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll } from 'vitest';
import { type Cluster, startCluster } from '../../local/cluster.ts';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { Condition, ConfigMap } from '../../src/api/objects.ts';
import type { Connection, Kube } from '../../src/kube/api.ts';
import { connectionFromKubeconfig } from '../../src/kube/connection.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { createKube } from '../../src/kube/http.ts';
import { parseConfigMap, parseGitConfig } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import {
  noOperatorCredentials,
  type OperatorCredentials,
  openOperatorCredentials,
} from '../../src/sync/credentials/operator/operator-credentials.ts';
import { createSync, type SyncOptions } from '../../src/sync/sync.ts';
import { type AuditedRequest, auditedSince } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig } from '../support/objects.ts';
import { createSwitchedStrain, type SwitchedStrain } from './switched-strain.ts';

export type World = {
  readonly kube: Kube;
  readonly kubectl: Kubectl;
  readonly git: GitServer;
  readonly registry: Registry;
  /** What sync is told that it is short of: at first of nothing. */
  readonly strain: SwitchedStrain;
  /** A new namespace; with `readSecrets` the controller may read its Secrets. */
  namespace(options?: { readonly readSecrets?: boolean }): Promise<string>;
  /** Creates or changes a GitConfig of 5 s interval. */
  apply(namespace: string, options: Parameters<typeof gitConfig>[0], more?: object): Promise<void>;
  read(namespace: string, name?: string): Promise<GitConfig>;
  /** Waits until the GitConfig has published that commit; gives it. */
  published(namespace: string, commit: string, name?: string): Promise<GitConfig>;
  /** Waits for a condition of that reason, in the message the given words; gives the GitConfig. */
  condition(
    namespace: string,
    type: string,
    reason: string,
    words?: RegExp,
    name?: string,
  ): Promise<GitConfig>;
  snapshots(namespace: string): Promise<ConfigMap[]>;
  /** Makes the GitConfig look at Git now, and waits until it has. */
  lookNow(namespace: string, name?: string): Promise<void>;
  /** Writes of the controller to that namespace, or to all, since the given time; Events apart. */
  writes(namespace: string | undefined, since: number): Promise<AuditedRequest[]>;
  /** Stops sync and starts it anew, with nothing remembered. */
  restart(): Promise<void>;
  eventReasons(namespace: string): Promise<string[]>;
  /** All that sync has said anywhere: log, Events, status, metrics. */
  output(): Promise<string>;
};

const serviceAccount = { namespace: 'confroll-system', name: 'confroll-controller' };
const manifests = [
  'crd/gitconfigs',
  'base/namespace',
  'base/service-accounts',
  'base/rbac-controller',
  'base/rbac-users',
];

export type HarnessOptions = {
  readonly operatorFile?: string;
  /** With simulated ones the controllers that make Pods run, too. Default: none. */
  readonly nodes?: 'none' | 'simulated';
  readonly retention?: NonNullable<SyncOptions['retention']>;
  readonly budgets?: SyncOptions['budgets'];
  /** Put before the client of sync, anew at each start. */
  readonly through?: (kube: Kube) => Kube;
};

/** Registers start and end with vitest; call the result inside tests only. */
export function useSync(
  limits: NonNullable<SyncOptions['limits']> = {},
  options: HarnessOptions = {},
): () => World {
  const stack = new AsyncDisposableStack();
  let world: World | undefined;
  beforeAll(async () => {
    const cluster = await startCluster({ nodes: options.nodes ?? 'none', audit: true });
    stack.defer(() => cluster.stop());
    world = await startWorld(cluster, limits, options, stack);
  }, 900_000); // the first start on a machine builds the control plane
  afterAll(() => stack.disposeAsync(), 60_000);
  return () => {
    if (world === undefined) throw new Error('the world is there only inside tests');
    return world;
  };
}

async function startWorld(
  cluster: Cluster,
  limits: NonNullable<SyncOptions['limits']>,
  options: HarnessOptions,
  stack: AsyncDisposableStack,
): Promise<World> {
  const kubectl = createKubectl(cluster);
  const files = manifests.flatMap((name) => [
    '-f',
    join(import.meta.dirname, `../../manifests/${name}.yaml`),
  ]);
  await kubectl(['apply', ...files]);
  await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev']);
  const admin = await connectionFromKubeconfig(cluster.kubeconfig);
  const kube = createKube(admin, { clock: systemClock, userAgent: 'confroll-test' });
  stack.defer(() => kube.close());
  const git = await startGitServer();
  stack.defer(() => git.stop());

  const said: string[] = [];
  const registry = new Registry();
  const strain = createSwitchedStrain();
  const start = (): Promise<() => Promise<void>> =>
    startSync(admin, kubectl, registry, { ...options, limits, pressure: strain.pressure }, said);
  let stop = await start();
  stack.defer(() => stop());

  const world: World = {
    kube,
    kubectl,
    git,
    registry,
    strain,
    async namespace({ readSecrets = false } = {}) {
      const name = `sync-${crypto.randomUUID().slice(0, 8)}`;
      await kubectl(['create', 'namespace', name]);
      if (readSecrets) {
        const account = `--serviceaccount=${serviceAccount.namespace}:${serviceAccount.name}`;
        await kubectl([
          'create',
          'rolebinding',
          'git',
          '--clusterrole=confroll-git-credentials',
          account,
          '-n',
          name,
        ]);
      }
      return name;
    },
    async apply(namespace, options, more = {}) {
      const object: object = gitConfig(options);
      await kubectl(['apply', '-n', namespace, '-f', '-'], { input: JSON.stringify(merge(object, more)) });
    },
    async read(namespace, name = 'shop') {
      const ref = { resource: resources.gitConfigs, namespace, name };
      const found = await kube.get(ref, parseGitConfig, { signal: AbortSignal.timeout(10_000) });
      if (found === undefined) throw new Error(`no GitConfig ${namespace}/${name}`);
      return found;
    },
    published: (namespace, commit, name) =>
      eventually(
        async () => {
          const config = await world.read(namespace, name);
          if (config.status?.revision?.endsWith(commit) === true) return config;
          throw new Error(JSON.stringify(config.status));
        },
        { what: `commit ${commit.slice(0, 7)} in ${namespace}` },
      ),
    condition: (namespace, type, reason, words = /./, name) =>
      eventually(
        async () => {
          const config = await world.read(namespace, name);
          const condition = conditionOf(config, type);
          if (condition?.reason === reason && words.test(condition.message)) return config;
          throw new Error(JSON.stringify(config.status));
        },
        { what: `${type} ${reason} in ${namespace}` },
      ),
    async snapshots(namespace) {
      const selection = { resource: resources.configMaps, namespace, labelSelector: 'confroll.dev/config' };
      const list = await kube.list(selection, parseConfigMap, { signal: AbortSignal.timeout(10_000) });
      return [...list.items];
    },
    async lookNow(namespace, name = 'shop') {
      const value = `now-${crypto.randomUUID()}`;
      await kubectl([
        'annotate',
        'gitconfig',
        name,
        `confroll.dev/sync-requested-at=${value}`,
        '--overwrite',
        '-n',
        namespace,
      ]);
      await eventually(async () => (await world.read(namespace, name)).status?.lastHandledSyncAt === value, {
        what: `an answer to ${value}`,
      });
    },
    async writes(namespace, since) {
      const requests = await auditedSince(join(cluster.directory, 'audit.log'), since);
      const verbs = ['create', 'update', 'patch', 'delete', 'deletecollection'];
      return requests.filter(
        ({ verb, user, resource, namespace: where }) =>
          verbs.includes(verb) &&
          user === `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}` &&
          resource !== 'events' &&
          (namespace === undefined || where === namespace),
      );
    },
    async restart() {
      await stop();
      registry.clear();
      stop = await start();
    },
    async eventReasons(namespace) {
      const out = await kubectl(['get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].reason}']);
      return out.split(' ').filter((reason) => reason !== '');
    },
    async output() {
      const everywhere = await kubectl(['get', 'events,gitconfigs', '-A', '-o', 'json']);
      return [...said, everywhere, await registry.metrics()].join('\n');
    },
  };
  return world;
}

async function startSync(
  admin: Connection,
  kubectl: Kubectl,
  registry: Registry,
  given: HarnessOptions & {
    readonly limits: NonNullable<SyncOptions['limits']>;
    readonly pressure: SyncOptions['pressure'];
  },
  said: string[],
): Promise<() => Promise<void>> {
  const { namespace, name } = serviceAccount;
  const token = (await kubectl(['create', 'token', name, '-n', namespace, '--duration=1h'])).trim();
  const connection: Connection = {
    server: admin.server,
    tls: { ca: admin.tls.ca, serverName: admin.tls.serverName },
    headers: async () => ({ authorization: `Bearer ${token}` }),
  };
  const connected = createKube(connection, { clock: systemClock, userAgent: 'confroll-sync-test' });
  const kube = given.through?.(connected) ?? connected;
  const say = (fields: object, message: string): void => void said.push(`${message} ${describe(fields)}`);
  const log = { debug: say, info: say, warn: say, error: say };
  const events = createEventRecorder({ kube, clock: systemClock, log, component: 'confroll-controller' });
  const sync = createSync({
    kube,
    clock: systemClock,
    log,
    events,
    registry,
    namespaces: 'all',
    serviceAccount,
    operator: await operatorOf(given.operatorFile, log),
    proxyOf: () => undefined,
    pressure: given.pressure,
    limits: given.limits,
    budgets: given.budgets ?? { config: 64 * 1_048_576, namespace: 256 * 1_048_576 },
    retention: given.retention ?? {},
  });
  const stop = new AbortController();
  const running = sync.run(stop.signal);
  return async () => {
    stop.abort();
    await running;
    await events.drain(AbortSignal.timeout(3_000));
    connected.close();
  };
}

async function operatorOf(file: string | undefined, log: Log): Promise<OperatorCredentials> {
  if (file === undefined) return noOperatorCredentials;
  const opened = await openOperatorCredentials({ file, environment: {}, log });
  if (opened.kind === 'invalid') throw new Error(opened.problems.join('; '));
  return opened.operator;
}

export function conditionOf(config: GitConfig, type: string): Condition | undefined {
  return config.status?.conditions?.find((condition) => condition.type === type);
}

export async function createSecret(
  world: World,
  namespace: string,
  data: Readonly<Record<string, string>>,
  host?: string,
): Promise<void> {
  const annotations = host === undefined ? {} : { 'confroll.dev/git-host': host };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'git-read', namespace, annotations },
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
  await world.kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
}

function describe(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) =>
    value instanceof Error ? `${value.stack} ${JSON.stringify(value.cause)}` : value,
  );
}

function merge(object: object, more: object): object {
  const merged = new Map<string, unknown>(Object.entries(object));
  for (const [key, value] of Object.entries(more)) {
    const old = merged.get(key);
    const deeper = typeof old === 'object' && old !== null && typeof value === 'object' && value !== null;
    merged.set(key, deeper ? merge(old, value) : value);
  }
  return Object.fromEntries(merged);
}
