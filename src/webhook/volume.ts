// The volume of one config in a Pod: a projected volume over its Snapshot.
import { isDeepStrictEqual } from 'node:util';
import type { Hash12 } from '../api/identifiers.ts';
import { type SnapshotFile, snapshotName } from '../api/snapshot.ts';
import type { JsonObject } from '../lib/json.ts';

export const volumeName = (config: string): string => `confroll-${config}`;

/** Adds the volume, or puts it in the place of another of the same name; gives the same array when it is there already. */
export function withVolume(volumes: readonly unknown[], volume: JsonObject): readonly unknown[] {
  const index = volumes.findIndex((entry) => nameOf(entry) === volume.name);
  if (index < 0) return [...volumes, volume];
  return isDeepStrictEqual(volumes[index], volume) ? volumes : volumes.with(index, volume);
}

export function configVolume(config: {
  readonly name: string;
  readonly hash: Hash12;
  readonly files: readonly SnapshotFile[];
}): JsonObject {
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

function nameOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined;
}
