// Objects of Snapshots as the watch keeps them, made up.
import { parseContentHash } from '../../../src/api/identifiers.ts';
import { type StoredSnapshot, storedSnapshots } from '../../../src/sync/retention/stored.ts';
import type { SnapshotRecord } from '../../../src/sync/snapshot-record.ts';

/** `a` gives `aaaaaaaaaaaa`. */
export const hash12 = (digit: string): string => digit.repeat(12).slice(0, 12);

/** Minute of an hour long ago, so that ages can be told apart. */
export function record(
  digit: string,
  { part = '', config = 'shop', minute = 0 }: { part?: string; config?: string; minute?: number } = {},
): SnapshotRecord {
  const name = `${config}-${hash12(digit)}${part}`;
  return {
    isIntact: true,
    hash: parseContentHash(digit.repeat(64).slice(0, 64)),
    needs: [],
    metadata: {
      name,
      namespace: 'prod',
      uid: `uid of ${name}`,
      resourceVersion: '1',
      creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
      labels: { 'confroll.dev/config': config },
    },
  };
}

export function stored(...records: SnapshotRecord[]): StoredSnapshot[] {
  return storedSnapshots(records);
}
