// The volume of one config in a Pod: a projected volume over all objects of its Snapshot.
import { isDeepStrictEqual } from 'node:util';
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { needsItem, type SnapshotFile } from '../api/snapshot-files.ts';
import { shardName } from '../api/snapshot-parts.ts';
import type { JsonObject } from '../lib/json.ts';
import { recordsAt, valueAt } from './raw.ts';

export const volumeName = (config: string): string => `confroll-${config}`;

export type VolumesResult =
  | { readonly kind: 'ok'; readonly volumes: readonly JsonObject[] }
  | { readonly kind: 'taken'; readonly problem: string };

type Config = {
  readonly name: string;
  readonly hash: Hash12;
  /** The files of each object: the base, then the shards. */
  readonly objects: readonly (readonly SnapshotFile[])[];
};

/** Adds the volume, or puts it in the place of an older one of ours; the same array when it is there already. */
export function withVolume(volumes: readonly JsonObject[], config: Config): VolumesResult {
  const volume = configVolume(config);
  const index = volumes.findIndex(({ name }) => name === volume.name);
  const there = volumes[index];
  if (there === undefined) return { kind: 'ok', volumes: [...volumes, volume] };
  if (isDeepStrictEqual(there, volume)) return { kind: 'ok', volumes };
  if (isOurs(there, config.name)) return { kind: 'ok', volumes: volumes.with(index, volume) };
  return {
    kind: 'taken',
    problem: `the Pod has a volume "${volumeName(config.name)}" of its own, and that is the name of the volume of GitConfig "${config.name}": rename it in the Pod template, in volumes and in volumeMounts`,
  };
}

// As an earlier injection made it, or as it stands in the copy of an old Pod. An empty one was not ours.
function isOurs(volume: JsonObject, config: string): boolean {
  const sources = recordsAt(volume, 'projected', 'sources');
  return sources.length > 0 && sources.every((source) => isSnapshot(source, config));
}

function isSnapshot(source: JsonObject, config: string): boolean {
  const name = valueAt(source, 'configMap', 'name');
  if (typeof name !== 'string' || !name.startsWith(`${config}-`)) return false;
  const [, hash] = /^([^-]+)(?:-[0-9]+)?$/.exec(name.slice(config.length + 1)) ?? [];
  return parseHash12(hash) !== undefined;
}

function configVolume({ name, hash, objects }: Config): JsonObject {
  const sources = objects.map((files, index) => ({
    configMap: { name: shardName(name, hash, index), ...itemsOf(files) },
  }));
  return { name: volumeName(name), projected: { sources, defaultMode: 0o644 } };
}

// With items only those files appear that are listed, so it is all of an object or none.
function itemsOf(files: readonly SnapshotFile[]): { items?: readonly JsonObject[] } {
  if (!files.some(needsItem)) return {};
  return {
    items: files.map(({ key, path, executable }) => ({ key, path, ...(executable ? { mode: 0o755 } : {}) })),
  };
}
