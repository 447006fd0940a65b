// How many bytes an object of a Snapshot takes, asked only where it could matter: an object holds at most 1 MiB, so few
// objects are within any budget, however large they are.
import type { Kube } from '../../kube/api.ts';
import { parseConfigMap } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import type { Budgets } from './plan.ts';
import { objectsOf, type StoredSnapshot } from './stored.ts';

export type Sizes = {
  /** Undefined: whatever they are, no budget is exceeded. Rejects when one cannot be read. */
  of(
    snapshots: readonly StoredSnapshot[],
    signal: AbortSignal,
  ): Promise<((snapshot: StoredSnapshot) => number) | undefined>;
};

// What the API server allows for the values of a ConfigMap.
const mostBytes = 1_048_576;

export function createSizes(kube: Pick<Kube, 'get'>, budgets: Budgets): Sizes {
  // Immutable objects are measured once.
  const known = new WeakMap<SnapshotRecord, number>();
  return {
    async of(snapshots, signal) {
      if (mayExceed(snapshots, budgets)) {
        for (const record of snapshots.flatMap(objectsOf)) {
          if (!known.has(record)) known.set(record, await measure(record, signal));
        }
        return (snapshot) =>
          objectsOf(snapshot).reduce((total, record) => total + (known.get(record) ?? mostBytes), 0);
      }
      return undefined;
    },
  };

  async function measure({ metadata }: SnapshotRecord, signal: AbortSignal): Promise<number> {
    const { namespace, name } = metadata;
    const ref = { resource: resources.configMaps, namespace, name };
    return (await kube.get(ref, parseBytes, { signal })) ?? 0;
  }
}

function mayExceed(snapshots: readonly StoredSnapshot[], budgets: Budgets): boolean {
  const counts = new Map<string, number>();
  for (const snapshot of snapshots) {
    counts.set(snapshot.config, (counts.get(snapshot.config) ?? 0) + objectsOf(snapshot).length);
  }
  const all = [...counts.values()].reduce((total, count) => total + count, 0);
  return (
    all * mostBytes > budgets.namespace ||
    [...counts.values()].some((count) => count * mostBytes > budgets.config)
  );
}

/** Names of keys are kept too, but the content is what counts. */
function parseBytes(raw: unknown): number {
  const { data = {}, binaryData = {} } = parseConfigMap(raw);
  const text = Object.values(data).reduce((total, value) => total + Buffer.byteLength(value), 0);
  const binary = Object.values(binaryData).map((value) => Buffer.byteLength(value, 'base64'));
  return binary.reduce((total, bytes) => total + bytes, text);
}
