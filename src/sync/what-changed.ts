// PURE: which GitConfigs a change of the cluster calls for.
import type { GitConfig } from '../api/gitconfig.ts';
import { approveAnnotation, configLabel, syncRequestedAtAnnotation } from '../api/keys.ts';
import type { Change } from '../kube/watch-cache.ts';
import type { SnapshotRecord } from './snapshot-record.ts';

/** True when it is to be looked at Git: not for what we and the reloader write ourselves, which is status. */
export function callsForLook(change: Change<GitConfig>): boolean {
  const { metadata } = change.object;
  const before = change.kind === 'set' ? change.previous?.metadata : undefined;
  return (
    before === undefined ||
    before.uid !== metadata.uid ||
    before.generation !== metadata.generation ||
    askedBy.some((key) => before.annotations?.[key] !== metadata.annotations?.[key])
  );
}

// A person wants something of the GitConfig as it is.
const askedBy = [syncRequestedAtAnnotation, approveAnnotation];

/** What workloads name is missing, and whether Git still has it is not known. */
export function isNewlyMissing(change: Change<GitConfig>): boolean {
  if (change.kind === 'deleted') return false;
  const { missing = [], lost = [] } = change.object.status ?? {};
  const before = change.previous?.status?.missing ?? [];
  return missing.some((hash) => !before.includes(hash) && !lost.includes(hash));
}

/** A Snapshot that goes away, or whose labels or annotations somebody changed so that Pods cannot be made from it, or back. */
export function configsOfSnapshot(change: Change<SnapshotRecord>): string[] {
  const before = change.kind === 'set' ? change.previous : change.object;
  if (before === undefined || (change.kind === 'set' && before.isIntact === change.object.isIntact))
    return [];
  // The label may be what was changed.
  return [before, change.object].flatMap(({ metadata }) => {
    const config = metadata.labels?.[configLabel];
    return config === undefined ? [] : [`${metadata.namespace ?? ''}/${config}`];
  });
}

export function keyOf({ metadata: { namespace = '', name } }: GitConfig): string {
  return `${namespace}/${name}`;
}

export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
