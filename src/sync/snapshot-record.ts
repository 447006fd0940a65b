// What is kept of the objects of a Snapshot to see whether all of it is still there as it was made.
import type { ContentHash } from '../api/identifiers.ts';
import type { KubeObject } from '../api/objects.ts';
import { parseSnapshot } from '../api/snapshot.ts';
import { parsePart, partNames } from '../api/snapshot-parts.ts';
import { parseKubeObject } from '../kube/parse.ts';

export type SnapshotRecord = KubeObject & {
  /** Its labels and annotations are those of an object of a Snapshot: the base, a shard or the variables. */
  readonly isIntact: boolean;
  /** Undefined when it is not intact. */
  readonly hash: ContentHash | undefined;
  /** Of a base: the other objects that must be there. */
  readonly needs: readonly string[];
};

/** Only what is looked at: the annotations of a Snapshot list all its files. */
export function parseSnapshotRecord(raw: unknown): SnapshotRecord {
  const { metadata } = parseKubeObject(raw);
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  const snapshot = parseSnapshot(metadata);
  const hash = snapshot?.hash ?? parsePart(metadata)?.hash;
  return {
    isIntact: hash !== undefined,
    hash,
    needs: snapshot === undefined ? [] : partNames(snapshot),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(labels === undefined ? {} : { labels }),
    },
  };
}

/** True when the base of that name and all that it needs are there as they were made. */
export function isWhole(base: string, find: (name: string) => SnapshotRecord | undefined): boolean {
  const record = find(base);
  return record?.hash !== undefined && record.needs.every((name) => find(name)?.hash === record.hash);
}
