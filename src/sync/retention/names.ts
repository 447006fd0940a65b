// PURE: which Snapshots an object names, in the labels and annotations of its own or of any template inside it.
import { configOfKey } from '../../api/keys.ts';
import { isRecord } from '../../lib/json.ts';

/** `<config>/<hash>`: neither has a slash. */
export type SnapshotKey = `${string}/${string}`;

export const snapshotKey = (config: string, hash: string): SnapshotKey => `${config}/${hash}`;

const naming = ['hash', 'pin', 'rolled', 'held', 'sick'] as const;
// A CronJob's template lies seven deep. Below any Pod template there is nothing that a Pin could stand in.
const deepest = 10;

/** Of any kind, raw as the API server sends it, whole or its metadata alone. */
export function namesIn(raw: unknown): SnapshotKey[] {
  if (!isRecord(raw)) return [];
  const found: SnapshotKey[] = [];
  // Who wrote what, and what is there now, name nothing that is to come.
  const { managedFields: _, ...metadata } = isRecord(raw.metadata) ? raw.metadata : {};
  collect({ ...raw, metadata, status: undefined }, 0, found);
  return found;
}

function collect(value: unknown, depth: number, found: SnapshotKey[]): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, depth + 1, found);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') {
      collect(inner, depth + 1, found);
      continue;
    }
    for (const sort of naming) {
      const config = configOfKey(sort, key);
      if (config !== undefined) found.push(snapshotKey(config, inner));
    }
  }
}
