// PURE: whether a GitConfig asks to be followed, and whether it still asks for what it asked for.
import type { GitConfig } from '../api/gitconfig.ts';

export function isActive({ metadata, spec }: GitConfig): boolean {
  return metadata.deletionTimestamp === undefined && spec.suspend !== true;
}

/** False once a person has suspended, deleted, replaced or changed it; `now` is the newest that is known. */
export function isStillWanted({ metadata: { uid, generation } }: GitConfig, now?: GitConfig): boolean {
  return (
    now !== undefined && isActive(now) && now.metadata.uid === uid && now.metadata.generation === generation
  );
}
