// What is kept of a Snapshot to see whether it is still there as it was made.
import type { KubeObject } from '../api/objects.ts';
import { parseSnapshot } from '../api/snapshot.ts';
import { parseKubeObject } from '../kube/parse.ts';

/** `isIntact`: its labels and annotations are those of a Snapshot. */
export type SnapshotRecord = KubeObject & { readonly isIntact: boolean };

/** Only what is looked at: the annotations of a Snapshot list all its files. */
export function parseSnapshotRecord(raw: unknown): SnapshotRecord {
  const { metadata } = parseKubeObject(raw);
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  return {
    isIntact: parseSnapshot(metadata) !== undefined,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
    },
  };
}
