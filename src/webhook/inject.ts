// Pod + its configs -> the Pod that mounts them. Pure, idempotent, complete for each container: what it finds in place
// it leaves, so it may be called again after other webhooks have added containers.
import type { Hash12 } from '../api/identifiers.ts';
import { hashAnnotation, injectedAnnotation, pinLabel, revisionAnnotation } from '../api/keys.ts';
import type { SnapshotFile } from '../api/snapshot-files.ts';
import { environmentName } from '../api/snapshot-parts.ts';
import type { JsonObject } from '../lib/json.ts';
import { chosenContainers, containerLists, containerNames } from './containers.ts';
import { type EnvironmentTargets, environmentTargets, withEnvironment } from './environment.ts';
import { howToMove, isBelow, isSamePath, type Mount, withMount } from './mounts.ts';
import { recordsAt, withValue } from './raw.ts';
import { volumeName, withVolume } from './volume.ts';

/** A config of a Pod with its content found: the Snapshot of its Pin. */
export type ResolvedConfig = {
  readonly name: string;
  readonly hash: Hash12;
  readonly mountPath: string;
  readonly revision: string;
  /** The files of each object of the Snapshot: the base, then the shards. */
  readonly objects: readonly (readonly SnapshotFile[])[];
  /** Names of its variables; undefined when it has none. */
  readonly environment?: readonly string[] | undefined;
};

export type Injection =
  | { readonly kind: 'ok'; readonly pod: JsonObject }
  /** The Pod as it is written cannot have its config; the sentence says what to change. */
  | { readonly kind: 'conflict'; readonly problem: string };

/** The first config is the one of the label, the others are additional. `version` is that of confroll. */
export function inject(pod: JsonObject, configs: readonly ResolvedConfig[], version: string): Injection {
  if (configs.length === 0) return { kind: 'ok', pod };
  const mounts = configs.map(mountOf);
  const shared = sharedPath(mounts);
  if (shared !== undefined) return { kind: 'conflict', problem: shared };
  const chosen = chosenContainers(pod);
  if (chosen.kind === 'conflict') return chosen;
  const targets = environmentTargets(pod, configs, chosen.names);
  const withOurs = withVolumes(pod, configs);
  if (withOurs.kind === 'conflict') return withOurs;
  let result = withOurs.pod;
  for (const list of containerLists) {
    const mounted = withMounts(result, list, mounts, chosen.names);
    if (mounted.kind === 'conflict') return mounted;
    result = mounted.pod;
  }
  result = withEnvironment(result, configs, targets);
  for (const config of configs) result = withMetadata(result, config);
  const mounted = containerNames(pod).filter((name) => chosen.names?.has(name) ?? true);
  return { kind: 'ok', pod: withReport(result, configs, { mounted, targets, version }) };
}

function mountOf({ name, mountPath }: ResolvedConfig, index: number): Mount {
  return { config: name, volume: volumeName(name), mountPath, first: index === 0 };
}

function sharedPath(mounts: readonly Mount[]): string | undefined {
  for (const [index, mount] of mounts.entries()) {
    const other = mounts.slice(0, index).find(({ mountPath }) => isSamePath(mountPath, mount.mountPath));
    if (other !== undefined) {
      return `GitConfigs "${other.config}" and "${mount.config}" would both be mounted at ${mount.mountPath}: ${howToMove(mount)}`;
    }
    const outer = mounts.find(({ mountPath }) => isBelow(mount.mountPath, mountPath));
    if (outer !== undefined) {
      return `GitConfig "${mount.config}" would be mounted at ${mount.mountPath}, below ${outer.mountPath} where GitConfig "${outer.config}" is read-only: ${howToMove(mount)}`;
    }
  }
  return undefined;
}

function withVolumes(pod: JsonObject, configs: readonly ResolvedConfig[]): Injection {
  const before = recordsAt(pod, 'spec', 'volumes');
  let after = before;
  for (const config of configs) {
    const result = withVolume(after, config);
    if (result.kind === 'taken') return { kind: 'conflict', problem: result.problem };
    after = result.volumes;
  }
  return { kind: 'ok', pod: after === before ? pod : withValue(pod, ['spec', 'volumes'], after) };
}

function withMounts(
  pod: JsonObject,
  list: string,
  mounts: readonly Mount[],
  chosen: ReadonlySet<string> | undefined,
): Injection {
  const before = recordsAt(pod, 'spec', list);
  const after: JsonObject[] = [];
  for (const container of before) {
    let mounted = container;
    const wanted = chosen?.has(String(container.name)) ?? true;
    for (const mount of wanted ? mounts : []) {
      const result = withMount(mounted, mount);
      if (result.kind === 'taken') return { kind: 'conflict', problem: result.problem };
      mounted = result.container;
    }
    after.push(mounted);
  }
  const same = after.every((container, index) => container === before[index]);
  return { kind: 'ok', pod: same ? pod : withValue(pod, ['spec', list], after) };
}

// A Pod whose template has no Pin gets one here: from then on it says itself what it runs on.
function withMetadata(pod: JsonObject, { name, hash, revision }: ResolvedConfig): JsonObject {
  const pinned = withValue(pod, ['metadata', 'annotations', hashAnnotation(name)], hash);
  const labelled = withValue(pinned, ['metadata', 'labels', pinLabel(name)], hash);
  return withValue(labelled, ['metadata', 'annotations', revisionAnnotation(name)], revision);
}

function withReport(
  pod: JsonObject,
  configs: readonly ResolvedConfig[],
  done: {
    readonly mounted: readonly string[];
    readonly targets: EnvironmentTargets;
    readonly version: string;
  },
): JsonObject {
  const entries = configs.map(({ name, hash, mountPath }) => {
    const containers = done.targets.get(name);
    const environment =
      containers === undefined ? undefined : { configMap: environmentName(name, hash), containers };
    return [name, { hash, volume: volumeName(name), mountPath, containers: done.mounted, environment }];
  });
  const report = JSON.stringify({ version: done.version, configs: Object.fromEntries(entries) });
  return withValue(pod, ['metadata', 'annotations', injectedAnnotation], report);
}
