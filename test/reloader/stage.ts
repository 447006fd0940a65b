// A reloader on a real API server with its controllers and simulated nodes. Git's part is played by the test: it
// publishes Snapshots and writes what sync would write into the status. Admission is a policy of the API server itself.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Cluster, startCluster } from '../../local/cluster.ts';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';
import { parseContentHash, shortHash } from '../../src/api/identifiers.ts';
import { snapshotMetadata } from '../../src/api/snapshot.ts';
import type { Kube } from '../../src/kube/api.ts';
import { connectionFromKubeconfig } from '../../src/kube/connection.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { createKube } from '../../src/kube/http.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { createReloader } from '../../src/reloader/reloader.ts';
import { type AuditedRequest, auditedSince } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { createReader, type Reader } from '../support/reader.ts';
import { at, conditionOf, labelOf, pinOf, textAt } from '../support/reading.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const agent = 'confroll-reloader-under-test';
export const optIn = { 'confroll.dev/config': 'shop' };
export const person = '--field-manager=confroll-person';

export type Stage = Reader & {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly kube: Kube;
  /** A new namespace with GitConfig `shop`. */
  place(): Promise<Place>;
  /** In all namespaces, or in those. */
  startReloader(namespaces?: readonly string[]): void;
  stopReloader(): Promise<void>;
  allowAdmission(): Promise<void>;
  removeAdmission(): Promise<void>;
  /** Requests of the reloader that changed something since then, in order. */
  writes(since: number): Promise<AuditedRequest[]>;
};

export type Place = {
  readonly namespace: string;
  kubectl(...args: string[]): Promise<string>;
  apply(...objects: object[]): Promise<void>;
  read(kind: string, name: string): Promise<JsonObject | undefined>;
  config(name?: string): Promise<JsonObject | undefined>;
  /** Makes the Snapshot of that text; gives its hash12. */
  snapshot(text: string, config?: string): Promise<string>;
  /** Snapshot, then the status that sync would write; gives the hash12. */
  publish(
    text: string,
    options?: { config?: string; commit?: string; fetched?: boolean; lost?: readonly string[] },
  ): Promise<string>;
  /** Waits for Pin, `rolled` and `held` of a workload. */
  settles(kind: string, name: string, wanted: { pin: string; held?: string; config?: string }): Promise<void>;
  /** Waits for Ready=True with that stable hash. */
  ready(hash: string, config?: string): Promise<void>;
  events(name: string): Promise<string[]>;
};

/** Registers start and end with vitest; call the result inside tests only. */
export function useStage(): () => Stage {
  let stage: Stage | undefined;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const cluster = await startCluster({ nodes: 'simulated', audit: true });
    ends.unshift(() => cluster.stop());
    const kubectl = createKubectl(cluster);
    await kubectl(['apply', '-k', 'manifests/crd']);
    await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev']);
    const kube = createKube(await connectionFromKubeconfig(cluster.kubeconfig), {
      clock: systemClock,
      userAgent: agent,
    });
    ends.unshift(async () => kube.close());
    const made = createStage(cluster, kubectl, kube);
    await made.allowAdmission();
    made.startReloader();
    ends.unshift(() => made.stopReloader());
    stage = made;
  }, 900_000);
  afterAll(async () => {
    for (const end of ends) await end();
  }, 60_000);
  return () => {
    if (stage === undefined) throw new Error('the stage is there only inside tests');
    return stage;
  };
}

function createStage(cluster: Cluster, kubectl: Kubectl, kube: Kube): Stage {
  const reader = createReader(kubectl, cluster.kubeconfig);
  let running: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;
  let places = 0;
  const policy = new URL('admission-policy.yaml', import.meta.url).pathname;
  return {
    ...reader,
    cluster,
    kubectl,
    kube,
    async place() {
      places += 1;
      const namespace = `place-${places}`;
      await kubectl(['create', 'namespace', namespace]);
      await reader.apply(namespace, gitConfig({ url: 'https://git.example.com/team/config.git' }));
      return createPlace(namespace, kubectl, kube, reader);
    },
    startReloader(namespaces) {
      const stop = new AbortController();
      const log = createRecordedLog();
      const events = createEventRecorder({ kube, clock: systemClock, log, component: 'confroll-controller' });
      const deps = { kube, clock: systemClock, log, events, registry: new Registry(), version: '0.0.0' };
      const reloader = createReloader({ ...deps, namespaces: namespaces ?? 'all' });
      const end = reloader.run(stop.signal).then(() => events.drain(AbortSignal.timeout(5_000)));
      running = { stop, end };
    },
    async stopReloader() {
      running?.stop.abort(new Error('the test stops the reloader'));
      await running?.end;
      running = undefined;
    },
    async allowAdmission() {
      await kubectl(['apply', '-f', policy]);
      const pod = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          generateName: 'trial-',
          labels: { 'confroll.dev/config': 'x' },
          annotations: { 'hash.confroll.dev/x': '000000000000' },
        },
        spec: { containers: [{ name: 'app', image: 'x' }] },
      });
      await eventually(
        async () => {
          const answer = await kubectl(
            ['create', '--dry-run=server', '-n', 'default', '-o', 'json', '-f', '-'],
            {
              input: pod,
            },
          );
          return answer.includes('confroll-x');
        },
        { what: 'the policy in force' },
      );
    },
    async removeAdmission() {
      await kubectl(['delete', '-f', policy]);
      // The API server's own informers take a moment.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    },
    async writes(since) {
      const requests = await auditedSince(join(cluster.directory, 'audit.log'), since);
      return requests.filter(
        ({ agent: who, verb, resource, dryRun, uri }) =>
          who === agent &&
          !dryRun &&
          resource !== 'events' &&
          ['create', 'patch', 'update', 'delete'].includes(verb) &&
          !uri.includes('fieldManager=test') &&
          !uri.includes('fieldManager=confroll-sync'),
      );
    },
  };
}

function createPlace(namespace: string, kubectl: Kubectl, kube: Kube, reader: Reader): Place {
  const write = { signal: AbortSignal.timeout(300_000), fieldManager: 'test' };
  let commits = 0;
  const place: Place = {
    namespace,
    kubectl: (...args) => kubectl(['-n', namespace, ...args]),
    apply: (...objects) => reader.apply(namespace, ...objects),
    read: (kind, name) => reader.read(namespace, kind, name),
    config: (name = 'shop') => reader.read(namespace, 'gitconfig', name),
    async snapshot(text, config = 'shop') {
      const full = parseContentHash(createHash('sha256').update(text).digest('hex'));
      if (full === undefined) throw new Error('no hash');
      const metadata = snapshotMetadata({
        config,
        hash: full,
        format: '1',
        mountPath: `/etc/${config}`,
        revision: `main@sha1:${'0'.repeat(40)}`,
        author: 'Ann',
        subject: `say ${text}`,
        files: [{ key: 'page.txt', path: 'page.txt', executable: false }],
        shards: 0,
      });
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        immutable: true,
        data: { 'page.txt': text },
      };
      await kube
        .create({ resource: resources.configMaps, namespace }, body, parseKubeObject, write)
        .catch((error: unknown) => {
          if (!String(error).includes('already exists')) throw error;
        });
      return shortHash(full);
    },
    async publish(text, { config = 'shop', commit, fetched = true, lost } = {}) {
      const hash = await place.snapshot(text, config);
      commits += 1;
      const revision = `main@sha1:${commit ?? commits.toString(16).padStart(40, '0')}`;
      const condition = (type: string, status: string) => ({
        type,
        status,
        reason: status === 'True' ? 'Succeeded' : 'Unreachable',
        message: 'said by the test',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      });
      const body = {
        apiVersion: 'confroll.dev/v1alpha1',
        kind: 'GitConfig',
        metadata: { name: config, namespace },
        status: {
          conditions: [condition('Fetched', fetched ? 'True' : 'False'), condition('Published', 'True')],
          hash,
          revision,
          lastAttemptedRevision: revision,
          revisions: [{ revision, hash }],
          ...(lost === undefined ? {} : { lost }),
        },
      };
      const ref = { resource: resources.gitConfigs, namespace, name: config };
      await kube.patch(ref, { kind: 'apply', body }, parseKubeObject, {
        ...write,
        fieldManager: 'confroll-sync',
        subresource: 'status',
      });
      return hash;
    },
    async settles(kind, name, { pin, held, config = 'shop' }) {
      await eventually(
        async () => {
          const object = await reader.read(namespace, kind, name);
          expect({
            pin: pinOf(object, config),
            label: textAt(object, 'spec', 'template', 'metadata', 'labels', `pin.confroll.dev/${config}`),
            rolled: labelOf(object, `rolled.confroll.dev/${config}`),
            held: labelOf(object, `held.confroll.dev/${config}`),
            managed: labelOf(object, 'confroll.dev/managed'),
          }).toEqual({ pin, label: pin, rolled: pin, held, managed: 'true' });
          return true;
        },
        { what: `${kind} ${namespace}/${name} on ${pin}` },
      );
    },
    async ready(hash, config = 'shop') {
      await eventually(
        async () => {
          const object = await place.config(config);
          const condition = conditionOf(object, 'Ready');
          if (condition?.status === 'True' && at(object, 'status', 'stableHash') === hash) return true;
          throw new Error(
            `${condition?.reason}: ${condition?.message}; stable ${at(object, 'status', 'stableHash')}`,
          );
        },
        { what: `GitConfig ${namespace}/${config} Ready on ${hash}`, seconds: 60 },
      );
    },
    async events(name) {
      const all = await reader.list(namespace, 'events');
      return all
        .filter((event) => textAt(event, 'involvedObject', 'name') === name)
        .map((event) => `${event.reason}`)
        .filter((reason) => reason.startsWith('Config'));
    },
  };
  return place;
}

/** A new place with Deployments of these names, all on a first content. */
export async function running(stage: Stage, ...names: string[]): Promise<{ place: Place; one: string }> {
  const place = await stage.place();
  const one = await place.publish('one');
  await place.apply(...names.map((name) => workload({ name, labels: optIn })));
  await allOn(stage, place, one, names.length);
  await place.ready(one);
  return { place, one };
}

export async function allOn(stage: Stage, place: Place, hash: string, count: number): Promise<void> {
  await eventually(
    async () => {
      const selector = `rolled.confroll.dev/shop=${hash},!held.confroll.dev/shop`;
      const deployments = await stage.list(place.namespace, 'deployments', selector);
      return deployments.filter((object) => pinOf(object) === hash).length === count;
    },
    { what: `${count} Deployments on ${hash}`, seconds: 60 },
  );
}
