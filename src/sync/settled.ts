// PURE: whether a revision needs to be read at all. Most looks at Git end here.
import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import { formatRevision, type Revision } from '../api/revision.ts';
import { guardedBy } from './guard/guarded-by.ts';

/** The last revision that was read and could not be published, and for which spec. */
export type Rejection = {
  readonly uid: string;
  readonly generation: number;
  readonly revision: string;
  /** What a guard rested its verdict on: see guardedBy. */
  readonly guardedBy: string;
};

/**
 * True when this revision was handled for this very spec, and either its Snapshot is there, or it was refused for what it
 * holds: then only a push, another spec or an approval can change anything.
 */
export function isSettled(
  config: GitConfig,
  revision: Revision,
  known: { readonly snapshotIsThere: boolean; readonly rejection: Rejection | undefined },
): boolean {
  const attempted = formatRevision(revision);
  const published = findCondition(config, 'Published');
  const { uid = '', generation = 0 } = config.metadata;
  if (config.status?.lastAttemptedRevision !== attempted) return false;
  if (published?.observedGeneration !== generation) return false;
  if (published.status === 'True') return config.status.revision === attempted && known.snapshotIsThere;
  const { rejection } = known;
  return (
    rejection?.uid === uid &&
    rejection.generation === generation &&
    rejection.revision === attempted &&
    rejection.guardedBy === guardedBy(config)
  );
}
