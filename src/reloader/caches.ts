// The world as the reloader watches it: narrowed by label at the API server, trimmed, and told by namespace what changed.
import type { GitConfig } from '../api/gitconfig.ts';
import { configLabel, configOfKey, managedLabel, managedValue } from '../api/keys.ts';
import type { KubeObject } from '../api/objects.ts';
import { parseWorkloadKind, type WorkloadKind, workloadKinds } from '../api/workloads.ts';
import type { Kube } from '../kube/api.ts';
import { parseGitConfig, parseKubeObject } from '../kube/parse.ts';
import { isOlder } from '../kube/resource-version.ts';
import { resources, workloadResource } from '../kube/resources.ts';
import { type Change, createWatchCache, type WatchCache, type WatchTarget } from '../kube/watch-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createNamespaceHolds, type NamespaceHolds } from './namespace-holds.ts';
import { isManaged, type ObservedWorkload, parseObservedWorkload, workloadKey } from './observed-workload.ts';
import { type KnownSnapshot, parseKnownSnapshot } from './snapshots.ts';

/** `counts`: only a status of Pods changed, which may wait a moment. */
export type Urgency = 'now' | 'counts';

export type Caches = {
  readonly gitConfigs: WatchCache<GitConfig>;
  readonly snapshots: WatchCache<KnownSnapshot>;
  readonly holds: NamespaceHolds;
  readonly candidates: Candidates;
  /** Of a namespace, each once, as new as it is known; not those that are being deleted. */
  workloads(namespace: string): ObservedWorkload[];
  workload(like: ObservedWorkload): ObservedWorkload | undefined;
  /** The answer to a write of ours. */
  put(workload: ObservedWorkload): void;
  whenSynced(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
};

export function createCaches(deps: {
  readonly kube: Pick<Kube, 'list' | 'watch' | 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespaces: readonly string[] | 'all';
  readonly onChange: (namespace: string, urgency: Urgency) => void;
}): Caches {
  const { namespaces } = deps;
  const touch = ({ metadata }: KubeObject, urgency: Urgency): void => {
    if (metadata.namespace !== undefined) deps.onChange(metadata.namespace, urgency);
  };
  const watch = <T extends KubeObject>(
    target: Omit<WatchTarget<T>, 'namespaces'>,
    onChange: (change: Change<T>) => void,
    retain?: () => boolean,
  ): WatchCache<T> =>
    createWatchCache({ ...target, namespaces }, { ...deps, onChange, ...(retain && { retain }) });
  const workloadCaches = (labelSelector: string) =>
    mapKinds((kind) =>
      watch({ resource: workloadResource(kind), labelSelector, parse: parseObservedWorkload }, (change) =>
        touch(change.object, urgencyOf(change)),
      ),
    );

  const gitConfigs = watch({ resource: resources.gitConfigs, parse: parseTrimmedGitConfig }, ({ object }) =>
    touch(object, 'now'),
  );
  const snapshots = watch(
    {
      resource: resources.configMaps,
      labelSelector: configLabel,
      metadataOnly: true,
      parse: parseKnownSnapshot,
    },
    ({ object }) => touch(object, 'now'),
  );
  const managed = workloadCaches(`${managedLabel}=${managedValue}`);
  const asking = workloadCaches(`${configLabel},!${managedLabel}`);
  const candidates = createCandidates(deps);
  const owned = [resources.replicaSets, resources.controllerRevisions].map((resource) =>
    watch(
      { resource, labelSelector: configLabel, metadataOnly: true, parse: parseKubeObject },
      ({ kind, object }) => {
        if (kind === 'deleted') return;
        const owner = ownerWithoutPin(object);
        if (owner === undefined || known(owner.kind, object.metadata.namespace, owner.name)) return;
        if (candidates.add(object.metadata.namespace, owner)) touch(object, 'now');
      },
      () => false,
    ),
  );
  const holds = createNamespaceHolds(deps);
  const all = [
    gitConfigs,
    snapshots,
    ...workloadKinds.flatMap((kind) => [managed[kind], asking[kind]]),
    ...owned,
    holds,
  ];

  return {
    gitConfigs,
    snapshots,
    holds,
    candidates,
    workloads(namespace) {
      const newest = new Map<string, ObservedWorkload>();
      const take = (workload: ObservedWorkload): void => {
        const key = workloadKey(workload);
        const before = newest.get(key);
        if (before === undefined || isOlder(versionOf(before), versionOf(workload)))
          newest.set(key, workload);
      };
      for (const kind of workloadKinds) {
        managed[kind].list(namespace).forEach(take);
        asking[kind].list(namespace).forEach(take);
      }
      candidates.list(namespace).forEach(take);
      return [...newest.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    },
    workload({ kind, metadata }) {
      const { namespace, name } = metadata;
      const found = [
        managed[kind].get(namespace, name),
        asking[kind].get(namespace, name),
        candidates.list(namespace).find((other) => other.kind === kind && other.metadata.name === name),
      ].filter((workload) => workload !== undefined);
      return found.reduce<ObservedWorkload | undefined>(
        (best, next) => (best === undefined || isOlder(versionOf(best), versionOf(next)) ? next : best),
        undefined,
      );
    },
    put(workload) {
      candidates.put(workload);
      if (isManaged(workload) || known(workload.kind, workload.metadata.namespace, workload.metadata.name))
        managed[workload.kind].put(workload);
    },
    async whenSynced(signal) {
      await Promise.all(all.map((cache) => cache.whenSynced(signal)));
    },
    async run(signal) {
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const runs = all.map((cache) => cache.run(either).finally(() => stop.abort()));
      const failed = (await Promise.allSettled(runs)).find((run) => run.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };

  function known(kind: WorkloadKind, namespace: string | undefined, name: string): boolean {
    return (
      managed[kind].get(namespace, name) !== undefined || asking[kind].get(namespace, name) !== undefined
    );
  }
}

function mapKinds<T>(make: (kind: WorkloadKind) => T): Readonly<Record<WorkloadKind, T>> {
  return {
    Deployment: make('Deployment'),
    StatefulSet: make('StatefulSet'),
    DaemonSet: make('DaemonSet'),
  };
}

function urgencyOf({ kind, object, ...rest }: Change<ObservedWorkload>): Urgency {
  const previous = 'previous' in rest ? rest.previous : undefined;
  if (kind === 'deleted' || previous === undefined) return 'now';
  const same =
    previous.metadata.uid === object.metadata.uid &&
    previous.metadata.generation === object.metadata.generation &&
    JSON.stringify(previous.metadata.labels) === JSON.stringify(object.metadata.labels);
  return same ? 'counts' : 'now';
}

/** The workload that made a ReplicaSet or ControllerRevision which asks for config and names none. */
function ownerWithoutPin({ metadata }: KubeObject): { kind: WorkloadKind; name: string } | undefined {
  if (Object.keys(metadata.labels ?? {}).some((key) => configOfKey('pin', key) !== undefined))
    return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const kind = parseWorkloadKind(owner?.kind);
  return owner === undefined || kind === undefined ? undefined : { kind, name: owner.name };
}

export function parseTrimmedGitConfig(raw: unknown): GitConfig {
  const { metadata, ...rest } = parseGitConfig(raw);
  const { managedFields: _, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

function versionOf({ metadata }: KubeObject): string | undefined {
  return metadata.resourceVersion;
}
