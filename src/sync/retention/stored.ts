// PURE: the Snapshots of a namespace out of the objects that are there. What is not wholly as confroll makes it is nobody's
// business here: it is not deleted.
import { type Hash12, shortHash } from '../../api/identifiers.ts';
import { configLabel } from '../../api/keys.ts';
import { snapshotName } from '../../api/snapshot.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';

export type StoredSnapshot = {
  readonly config: string;
  readonly hash: Hash12;
  /** Undefined: it is not whole. A publish or a collection was cut off, or somebody deleted the base. */
  readonly base: SnapshotRecord | undefined;
  /** Shards and environment, in order of their names. */
  readonly parts: readonly SnapshotRecord[];
  /** RFC 3339; of its oldest object. */
  readonly createdAt: string;
};

export function storedSnapshots(records: readonly SnapshotRecord[]): StoredSnapshot[] {
  const found = new Map<string, { config: string; hash: Hash12; records: SnapshotRecord[] }>();
  for (const record of records) {
    const config = record.metadata.labels?.[configLabel];
    if (config === undefined || record.hash === undefined) continue;
    // It goes by itself as soon as whoever holds it lets go.
    if (record.metadata.deletionTimestamp !== undefined) continue;
    const hash = shortHash(record.hash);
    const name = snapshotName(config, hash);
    if (!isNameOf(name, record.metadata.name)) continue;
    const group = found.get(name) ?? { config, hash, records: [] };
    found.set(name, group);
    group.records.push(record);
  }
  return [...found].map(([name, { config, hash, records: all }]) => ({
    config,
    hash,
    base: all.find(({ metadata }) => metadata.name === name),
    parts: all
      .filter(({ metadata }) => metadata.name !== name)
      .sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1)),
    createdAt: all.map(({ metadata }) => metadata.creationTimestamp ?? '').sort()[0] ?? '',
  }));
}

/** Its objects in the order in which they are deleted: without its base it is no Snapshot any more. */
export function objectsOf({ base, parts }: StoredSnapshot): readonly SnapshotRecord[] {
  return base === undefined ? parts : [base, ...parts];
}

function isNameOf(snapshot: string, name: string): boolean {
  return (
    name === snapshot || (name.startsWith(snapshot) && /^-([1-9]\d*|env)$/.test(name.slice(snapshot.length)))
  );
}
