// Git -> Snapshots, for all GitConfigs: watches them and their Snapshots, and runs what is due. It is one thing: which parts
// there are and what each is given.
import type { Registry } from 'prom-client';
import type { GitConfig } from '../api/gitconfig.ts';
import { configLabel } from '../api/keys.ts';
import type { Kube } from '../kube/api.ts';
import type { EventRecorder } from '../kube/events.ts';
import { parseGitConfig } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import { createWatchCache } from '../kube/watch-cache.ts';
import type { Clock } from '../lib/clock.ts';
import { createKeyedQueue } from '../lib/keyed-queue.ts';
import type { Log } from '../lib/log.ts';
import { createCalm } from './calm.ts';
import { createCommitStatuses, createCommitStatusMetric } from './commit-status/commit-statuses.ts';
import { createCredentials, type ProxyOf } from './credentials/credentials.ts';
import { explain } from './credentials/explain.ts';
import type { OperatorCredentials } from './credentials/operator/operator-credentials.ts';
import type { ServiceAccount } from './credentials/read-secret.ts';
import { defaultGitLimits, type GitLimits } from './git/limits.ts';
import { createLendableTurns } from './lendable-turns.ts';
import { createWatchedLive } from './live/watched-live.ts';
import { createSyncMetrics } from './metrics.ts';
import { createSources } from './open-source.ts';
import { createOvertaking } from './overtaking.ts';
import type { Pressure } from './pressure/pressure.ts';
import { createReconcile } from './reconcile.ts';
import { createRemotes, type Remotes } from './remotes.ts';
import { createClaims } from './retention/claims.ts';
import { createRetentionMetrics } from './retention/metrics.ts';
import type { Budgets } from './retention/plan.ts';
import {
  createRetention,
  type Retention,
  type RetentionTimes,
  retentionTimes,
} from './retention/retention.ts';
import { isWhole, parseSnapshotRecord } from './snapshot-record.ts';
import { throttledBy } from './throttled.ts';
import { createTurns } from './turns.ts';
import { callsForLook, configsOfSnapshot, isNewlyMissing, keyOf, splitKey } from './what-changed.ts';

export type SyncOptions = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly registry: Registry;
  readonly namespaces: readonly string[] | 'all';
  /** Named in the command that lets confroll read a Secret. */
  readonly serviceAccount: ServiceAccount;
  /** For GitConfigs that name no Secret. */
  readonly operator: OperatorCredentials;
  /** For those that name no proxy. */
  readonly proxyOf: ProxyOf;
  readonly pressure: Omit<Pressure, 'run'>;
  readonly limits?: Partial<GitLimits>;
  /** How many bytes of Snapshots are kept beyond what is needed. */
  readonly budgets: Budgets;
  readonly retention?: Partial<RetentionTimes>;
};

// A run mostly waits for a Git server that may hang, and a waiting one costs nothing: so many that none waits for another.
const workers = 1_000;

export function createSync(options: SyncOptions): { run(signal: AbortSignal): Promise<void> } {
  const { kube, clock, log, events, registry, namespaces, serviceAccount, operator, proxyOf, pressure } =
    options;
  const limits = { ...defaultGitLimits, ...options.limits };
  let remotes: Remotes | undefined;
  const metrics = createSyncMetrics(registry, () => remotes?.oldestCheck());
  let retention: Retention | undefined;
  const keeping = createRetentionMetrics(registry, () => retention?.overBudget() ?? 0);
  const statusesWritten = createCommitStatusMetric(registry);
  const sources = createSources({ clock, log, registry, limits, onBytes: metrics.received });

  return {
    async run(signal) {
      const following = createRemotes({
        clock,
        signal,
        onPolled: metrics.polled,
        stretch: pressure.stretch,
        onNews: (keys) => {
          for (const key of keys) queue.add(key);
        },
        openSource: sources.open,
      });
      remotes = following;
      const gitConfigs = createWatchCache(
        { resource: resources.gitConfigs, namespaces, parse: parseGitConfig },
        {
          kube,
          clock,
          log,
          onChange: (change) => {
            const key = keyOf(change.object);
            if (callsForLook(change)) overtaking.changed(key);
            if (callsForLook(change) || isNewlyMissing(change)) queue.add(key);
            collector.touch(change.object.metadata.namespace);
            if (change.kind === 'set') calm.note(change.object);
            commitStatuses.touch(change.object);
          },
        },
      );
      const snapshots = createWatchCache(
        {
          resource: resources.configMaps,
          namespaces,
          labelSelector: configLabel,
          metadataOnly: true,
          parse: parseSnapshotRecord,
        },
        {
          kube,
          clock,
          log,
          onChange: (change) => {
            configsOfSnapshot(change).forEach(queue.add);
            collector.touch(change.object.metadata.namespace);
          },
        },
      );
      const onNews = (key: string): void => queue.add(key);
      const live = createWatchedLive({ kube, clock, log, events, namespaces, onNews });
      const turns = createTurns(pressure.readsAtATime);
      const find = (key: string): GitConfig | undefined => gitConfigs.get(...splitKey(key));
      const claims = createClaims();
      const collector = createRetention({
        kube,
        clock,
        log,
        events,
        metrics: keeping,
        claims,
        budgets: options.budgets,
        times: { ...retentionTimes, ...options.retention },
        find,
        list: snapshots.list,
      });
      retention = collector;
      const calm = createCalm({
        kube,
        clock,
        log,
        isShort: () => pressure.current().kind !== 'none',
        list: gitConfigs.list,
        find,
        onWritten: gitConfigs.put,
      });
      const forgetPressure = pressure.onChange(({ kind }) => {
        // More may be read at a time again, or nothing may be kept that can be had again.
        if (kind === 'memory') sources.release();
        else turns.wake();
        if (kind === 'none') calm.noteAll();
      });
      const credentials = createCredentials({
        kube,
        serviceAccount,
        operator,
        proxyOf,
        now: clock.now,
      });
      const commitStatuses = createCommitStatuses({
        kube,
        clock,
        log,
        events,
        written: statusesWritten,
        serviceAccount,
        credentials,
        proxyOf,
        find,
      });
      const reconcile = createReconcile({
        kube,
        clock,
        log,
        events,
        metrics,
        remotes: following,
        findCredential: credentials.find,
        explain,
        live,
        claims,
        onRestored: keeping.restored,
        throttled: () => throttledBy(pressure.current()),
        lookMilliseconds: limits.overallMilliseconds,
        newTurn: createLendableTurns(turns, clock),
        find,
        snapshotIsThere: (namespace, name) => isWhole(name, (object) => snapshots.get(namespace, object)),
        objectIsThere: (namespace, name) => snapshots.get(namespace, name)?.isIntact === true,
        onPublished: (object) => snapshots.put(parseSnapshotRecord(object)),
        onWritten: gitConfigs.put,
      });
      const overtaking = createOvertaking(reconcile, find);
      const queue = createKeyedQueue({
        clock,
        workers,
        reconcile: async (key, running) => {
          const wait = await overtaking.reconcile(key, running);
          if (wait !== undefined) queue.addAfter(key, wait);
        },
        onError: (key, error) => log.warn({ err: error, gitConfig: key }, 'GitConfig is tried again'),
      });
      const work = async (): Promise<void> => {
        await Promise.all([
          gitConfigs.whenSynced(signal),
          snapshots.whenSynced(signal),
          live.whenSynced(signal),
        ]);
        await Promise.all([
          queue.run(signal),
          calm.run(signal),
          collector.run(signal),
          commitStatuses.run(signal),
        ]);
      };
      try {
        await Promise.all([gitConfigs.run(signal), snapshots.run(signal), live.run(signal), work()]);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        forgetPressure();
        following.close();
        sources.close();
        remotes = undefined;
        retention = undefined;
      }
    },
  };
}
