// Deletes Snapshots that nothing has needed for long enough, each after the last questions: is a publish about to count on it,
// is it wanted again, has anything begun to name it meanwhile.
import type { GitConfig } from '../../api/gitconfig.ts';
import { snapshotName } from '../../api/snapshot.ts';
import type { Kube } from '../../kube/api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Claims } from './claims.ts';
import { isCarried } from './find-names.ts';
import type { RetentionMetrics } from './metrics.ts';
import { type SnapshotKey, snapshotKey } from './names.ts';
import { isWanted, wishOf } from './plan.ts';
import { removeSnapshot } from './remove.ts';
import type { StoredSnapshot } from './stored.ts';

type Due = {
  readonly namespace: string;
  readonly snapshots: readonly StoredSnapshot[];
  /** As they were a moment ago. */
  readonly names: ReadonlySet<SnapshotKey>;
};

export type Collector = {
  /** Gives those that something names by now. */
  collect(due: Due, signal: AbortSignal): Promise<readonly StoredSnapshot[]>;
};

// A deletion takes a few requests, and only of Pods and what has made them is asked once more just before it. So of many the
// last would go by names that are minutes old: they are listed again after so many, or so long.
const staleAfter = { deletions: 20, milliseconds: 10_000 };

export function createCollector(deps: {
  readonly kube: Pick<Kube, 'list' | 'delete'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<RetentionMetrics, 'collected'>;
  readonly claims: Claims;
  readonly find: (key: string) => GitConfig | undefined;
  readonly askNames: (namespace: string, signal: AbortSignal) => Promise<ReadonlySet<SnapshotKey>>;
}): Collector {
  const { kube, clock, log, metrics } = deps;
  return {
    async collect({ namespace, snapshots, names: asked }, signal) {
      const named: StoredSnapshot[] = [];
      let names = asked;
      let since = clock.monotonic();
      let deletions = 0;
      for (const snapshot of snapshots) {
        // However long the lists take, at least one goes after each of them.
        const isStale = deletions > 0 && clock.monotonic() - since >= staleAfter.milliseconds;
        if (isStale || deletions >= staleAfter.deletions) {
          names = await deps.askNames(namespace, signal);
          since = clock.monotonic();
          deletions = 0;
        }
        if (names.has(snapshotKey(snapshot.config, snapshot.hash))) {
          named.push(snapshot);
          continue;
        }
        await collectOne(namespace, snapshot, signal);
        deletions += 1;
      }
      return named;
    },
  };

  async function collectOne(namespace: string, snapshot: StoredSnapshot, signal: AbortSignal): Promise<void> {
    const { config, hash } = snapshot;
    const key = `${namespace}/${config}`;
    await deps.claims.unlessClaimed(key, snapshotName(config, hash), async () => {
      // Another revision may have come back to it since it was asked for: that is told before its claim ends.
      if (isWanted(wishOf(deps.find(key)), hash)) return;
      if (await isCarried(kube, { namespace, config, hash }, signal)) return;
      const outcome = await removeSnapshot(snapshot, kube, signal);
      metrics.collected(outcome);
      log.info({ namespace, config, hash, outcome }, 'Snapshot that nothing needs');
    });
  }
}
