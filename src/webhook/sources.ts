// Where admission looks GitConfigs and Snapshots up: caches fed by watches, and one short read by name for what a cache
// does not have yet.
import type { GitConfig } from '../api/gitconfig.ts';
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { configLabel } from '../api/keys.ts';
import type { KubeObject, ObjectMeta } from '../api/objects.ts';
import { parseSnapshot, type Snapshot, snapshotName } from '../api/snapshot.ts';
import type { SnapshotFile } from '../api/snapshot-files.ts';
import { parsePart, partNames, type SnapshotPart } from '../api/snapshot-parts.ts';
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
  /** Rejects like `gitConfig`. */
  snapshot(namespace: string, config: string, hash: Hash12): Promise<SnapshotLookup>;
  synced(): boolean;
  run(signal: AbortSignal): Promise<void>;
};

export type SnapshotLookup =
  /** All its objects are there. */
  | {
      readonly kind: 'found';
      readonly snapshot: Snapshot;
      readonly shards: readonly (readonly SnapshotFile[])[];
    }
  /** The ConfigMap of that name, its base or another of its objects, is not there. */
  | { readonly kind: 'absent'; readonly name: string }
  /** It is there, and is no part of this Snapshot. */
  | { readonly kind: 'changed'; readonly name: string };

type CachedObject = KubeObject & {
  readonly snapshot: Snapshot | undefined;
  readonly part: SnapshotPart | undefined;
};

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
      parse: slimObject,
    },
    watching,
  );
  const readGitConfig = coalesced(deps, resources.gitConfigs, slimGitConfig);
  const readObject = coalesced(deps, resources.configMaps, slimObject);
  const object = async (namespace: string, name: string): Promise<CachedObject | undefined> =>
    snapshots.get(namespace, name) ?? (await readObject(namespace, name));

  return {
    async gitConfig(namespace, name) {
      const known = gitConfigs.get(namespace, name);
      // The watch may be a moment behind a GitConfig that has just published its first Snapshot.
      if (known !== undefined && stableHashOf(known) !== undefined) return known;
      return readGitConfig(namespace, name);
    },
    async snapshot(namespace, config, hash) {
      const name = snapshotName(config, hash);
      const base = await object(namespace, name);
      if (base === undefined) return { kind: 'absent', name };
      const { snapshot } = base;
      if (snapshot?.config !== config) return { kind: 'changed', name };
      const names = partNames(snapshot);
      const parts = await Promise.all(names.map((part) => object(namespace, part)));
      return joined(snapshot, names, parts);
    },
    synced: () => gitConfigs.synced() && snapshots.synced(),
    async run(signal) {
      await Promise.all([gitConfigs.run(signal), snapshots.run(signal)]);
    },
  };
}

function joined(
  snapshot: Snapshot,
  names: readonly string[],
  parts: readonly (CachedObject | undefined)[],
): SnapshotLookup {
  const shards: (readonly SnapshotFile[])[] = [];
  for (const [at, name] of names.entries()) {
    const found = parts[at];
    if (found === undefined) return { kind: 'absent', name };
    if (found.part?.hash !== snapshot.hash) return { kind: 'changed', name };
    if (found.part.kind === 'shard') shards.push(found.part.files);
  }
  return { kind: 'found', snapshot, shards };
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

function slimObject(raw: unknown): CachedObject {
  const { metadata } = parseKubeObject(raw);
  const snapshot = parseSnapshot(metadata);
  const part = snapshot === undefined ? parsePart(metadata) : undefined;
  return { metadata: slimMetadata(metadata), snapshot, part };
}

function slimMetadata({ name, namespace, uid, resourceVersion }: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
