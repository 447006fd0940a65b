// Snapshots that somebody deleted, made again from Git: the newest accepted one, and all that workloads name.
import { findCondition, type GitConfig } from '../../api/gitconfig.ts';
import { type Hash12, parseHash12 } from '../../api/identifiers.ts';
import { parseRevision, type Revision } from '../../api/revision.ts';
import { snapshotName } from '../../api/snapshot.ts';
import type { Log } from '../../lib/log.ts';
import type { Absent } from '../attempt.ts';
import type { Handled } from '../handle-revision.ts';
import { type RestoreMemory, type Restoring, restoreAbsent, restoreOne } from './restore-absent.ts';

export type RestoringDeps = {
  readonly log: Log;
  readonly snapshotIsThere: (namespace: string, name: string) => boolean;
  /** For the metrics. */
  readonly onRestored: (outcome: 'success' | 'lost') => void;
};

/** Publishes that revision if its content has that hash. */
export type ReadAgain = (revision: Revision, only: Hash12) => Promise<Handled>;

/**
 * The last good one, when the newest revision cannot be published: its Pods still name it. Gives what can never be made
 * again; the newest revision, once it can be published, makes the others.
 */
export async function restoreNewest(
  config: GitConfig,
  memory: RestoreMemory,
  readAgain: ReadAgain,
  deps: RestoringDeps,
): Promise<Absent['lost']> {
  const { status, metadata } = config;
  const { namespace = '', name } = metadata;
  const hash = parseHash12(status?.hash);
  if (hash === undefined || parseRevision(status?.revision ?? '') === undefined) return [];
  if (deps.snapshotIsThere(namespace, snapshotName(name, hash))) return [];
  const one = await restoreOne(hash, status ?? {}, memory, readAgain);
  if (one.kind === 'overtaken' || one.kind === 'restored') return [];
  deps.log.warn({ namespace, name, hash, why: one.why }, 'deleted Snapshot cannot be made again');
  if (one.kind === 'open') return [];
  const isKnown = status?.lost?.includes(hash) === true;
  if (!isKnown) deps.onRestored('lost');
  return [{ hash, why: isKnown ? undefined : one.why }];
}

/** All that workloads name, but the newest accepted: that one is wanted, whoever names it. */
export async function restoreOthers(
  config: GitConfig,
  asked: { readonly memory: RestoreMemory; readonly requestedAt: string | undefined },
  readAgain: ReadAgain,
  deps: RestoringDeps,
): Promise<Restoring> {
  const { namespace = '', name, generation } = config.metadata;
  const isOtherSpec = findCondition(config, 'Published')?.observedGeneration !== generation;
  const again = await restoreAbsent(
    config.status ?? {},
    {
      memory: asked.memory,
      // A person has mended something, or hopes so.
      tryLost: asked.requestedAt !== undefined || isOtherSpec,
      isThere: (hash) => deps.snapshotIsThere(namespace, snapshotName(name, hash)),
    },
    readAgain,
  );
  if (again.kind === 'overtaken') return again;
  for (const { hash, why } of again.open) {
    deps.log.warn({ namespace, name, hash, why }, 'deleted Snapshot is not made again yet');
  }
  for (const _ of again.absent.restored) deps.onRestored('success');
  for (const { why } of again.absent.lost) if (why !== undefined) deps.onRestored('lost');
  return again;
}
