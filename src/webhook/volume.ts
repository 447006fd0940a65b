// The volume of one config in a Pod: a projected volume over its Snapshot.
import { isDeepStrictEqual } from 'node:util';
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { type SnapshotFile, snapshotName } from '../api/snapshot.ts';
import type { JsonObject } from '../lib/json.ts';
import { recordsAt, valueAt } from './raw.ts';

export const volumeName = (config: string): string => `confroll-${config}`;

export type VolumesResult =
  | { readonly kind: 'ok'; readonly volumes: readonly JsonObject[] }
  | { readonly kind: 'taken'; readonly problem: string };

type Config = { readonly name: string; readonly hash: Hash12; readonly files: readonly SnapshotFile[] };

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
  const prefix = `${config}-`;
  return (
    typeof name === 'string' &&
    name.startsWith(prefix) &&
    parseHash12(name.slice(prefix.length)) !== undefined
  );
}

function configVolume(config: Config): JsonObject {
  const configMap = { name: snapshotName(config.name, config.hash), ...itemsOf(config.files) };
  // Projected, so that a config of several ConfigMaps is still one volume.
  return { name: volumeName(config.name), projected: { sources: [{ configMap }], defaultMode: 0o644 } };
}

// Without items every key is a file of that name; with items only those that are listed are, so it is all or none.
function itemsOf(files: readonly SnapshotFile[]): { items?: readonly JsonObject[] } {
  if (files.every(({ key, path, executable }) => key === path && !executable)) return {};
  return {
    items: files.map(({ key, path, executable }) => ({ key, path, ...(executable ? { mode: 0o755 } : {}) })),
  };
}
