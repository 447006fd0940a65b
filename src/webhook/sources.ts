// Where admission looks GitConfigs and Snapshots up: caches fed by watches, and one short read by name for what a cache
// does not have yet.
import type { GitConfig } from '../api/gitconfig.ts';
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { configLabel } from '../api/keys.ts';
import type { KubeObject, ObjectMeta } from '../api/objects.ts';
import { parseSnapshot, type Snapshot, snapshotName } from '../api/snapshot.ts';
import type { Kube, Resource } from '../kube/api.ts';
import { parseGitConfig, parseKubeObject } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import { createWatchCache } from '../kube/watch-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { runWithDeadline } from '../lib/deadline.ts';
import type { Log } from '../lib/log.ts';

export type Sources = {
  /** Undefined when there is none. Rejects when the API server does not answer in time. */
  gitConfig(namespace: string, name: string): Promise<GitConfig | undefined>;
  /** Undefined when there is none, `changed` when the object of that name is no Snapshot. Rejects like `gitConfig`. */
  snapshot(namespace: string, config: string, hash: Hash12): Promise<Snapshot | 'changed' | undefined>;
  synced(): boolean;
  run(signal: AbortSignal): Promise<void>;
};

type CachedSnapshot = KubeObject & { readonly snapshot: Snapshot | undefined };

// The API server gives an admission call two seconds in all.
const readMilliseconds = 1_000;

export function createSources(deps: {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespaces: readonly string[] | 'all';
}): Sources {
  const { kube, clock, log, namespaces } = deps;
  const watching = { kube, clock, log, onChange: () => {} };
  const gitConfigs = createWatchCache(
    { resource: resources.gitConfigs, namespaces, parse: slimGitConfig },
    watching,
  );
  const snapshots = createWatchCache(
    {
      resource: resources.configMaps,
      namespaces,
      labelSelector: configLabel,
      metadataOnly: true,
      parse: slimSnapshot,
    },
    watching,
  );
  const readGitConfig = coalesced(deps, resources.gitConfigs, slimGitConfig);
  const readSnapshot = coalesced(deps, resources.configMaps, slimSnapshot);

  return {
    async gitConfig(namespace, name) {
      const known = gitConfigs.get(namespace, name);
      // The watch may be a moment behind a GitConfig that has just published its first Snapshot.
      if (known !== undefined && stableHashOf(known) !== undefined) return known;
      return readGitConfig(namespace, name);
    },
    async snapshot(namespace, config, hash) {
      const name = snapshotName(config, hash);
      const found = snapshots.get(namespace, name) ?? (await readSnapshot(namespace, name));
      if (found === undefined) return undefined;
      return found.snapshot?.config === config ? found.snapshot : 'changed';
    },
    synced: () => gitConfigs.synced() && snapshots.synced(),
    async run(signal) {
      await Promise.all([gitConfigs.run(signal), snapshots.run(signal)]);
    },
  };
}

/** What new Pods and workloads without a Pin get; undefined while nothing is published. */
export function stableHashOf(config: GitConfig): Hash12 | undefined {
  return parseHash12(config.status?.stableHash ?? config.status?.hash);
}

/** Many Pods of one workload come at once: those that ask for the same object share one request. */
function coalesced<T>(
  { kube, clock }: { readonly kube: Kube; readonly clock: Clock },
  resource: Resource,
  parse: (raw: unknown) => T,
): (namespace: string, name: string) => Promise<T | undefined> {
  const reading = new Map<string, Promise<T | undefined>>();
  const options = {
    clock,
    signal: new AbortController().signal,
    milliseconds: readMilliseconds,
    timeoutReason: () => new Error('the API server did not answer in time'),
  };
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    const started = reading.get(key);
    if (started !== undefined) return started;
    const read = runWithDeadline(options, (signal) =>
      kube.get({ resource, namespace, name }, parse, {
        signal,
        metadataOnly: resource === resources.configMaps,
      }),
    ).finally(() => reading.delete(key));
    reading.set(key, read);
    return read;
  };
}

// Only what admission needs stays in memory.
function slimGitConfig(raw: unknown): GitConfig {
  const { metadata, spec, status } = parseGitConfig(raw);
  return { metadata: slimMetadata(metadata), spec, ...(status === undefined ? {} : { status }) };
}

function slimSnapshot(raw: unknown): CachedSnapshot {
  const { metadata } = parseKubeObject(raw);
  return { metadata: slimMetadata(metadata), snapshot: parseSnapshot(metadata) };
}

function slimMetadata({ name, namespace, uid, resourceVersion }: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
