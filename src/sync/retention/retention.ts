// How long Snapshots are kept: looks at a namespace after something has changed in it, and every now and then while only
// names keep a Snapshot. Where nothing could go, nobody is asked. It is one thing: when which question is asked, wishes before
// names, and how long both must have found nothing.
import type { GitConfig } from '../../api/gitconfig.ts';
import type { Kube } from '../../kube/api.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { parseGitConfig } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import type { Clock } from '../../lib/clock.ts';
import { createKeyedQueue } from '../../lib/keyed-queue.ts';
import type { Log } from '../../lib/log.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import type { Claims } from './claims.ts';
import { createCollector } from './collector.ts';
import { findNames } from './find-names.ts';
import type { RetentionMetrics } from './metrics.ts';
import type { SnapshotKey } from './names.ts';
import { createOverBudget } from './over-budget.ts';
import { type Budgets, isWanted, planCollection, type Wish, wishOf } from './plan.ts';
import { createSizes } from './sizes.ts';
import { type StoredSnapshot, storedSnapshots } from './stored.ts';

export type RetentionTimes = {
  /** A rollout changes a GitConfig many times; nobody waits for a collection. */
  readonly settleMilliseconds: number;
  /** Nothing may need a Snapshot for so long before it goes. */
  readonly graceMilliseconds: number;
  /** How often it is asked whether a Snapshot that only names keep is still named: nothing tells of that. */
  readonly againMilliseconds: number;
  /** Between two rounds of questions, however much changes: each is eight lists of the namespace. */
  readonly restMilliseconds: number;
};

export type Retention = {
  /** Something has changed in that namespace. */
  touch(namespace: string | undefined): void;
  /** How many GitConfigs and namespaces need more bytes than their budget. */
  overBudget(): number;
  /** Until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
};

/**
 * The grace is longer than anything that was begun with an older view of the world can last: a request of a former leader
 * (15 s of Lease and 30 s of deadline), a Pod that admission gave a stable hash from a late cache, a GitConfig that a tool
 * deletes and makes again.
 */
export const retentionTimes: RetentionTimes = {
  settleMilliseconds: 10_000,
  graceMilliseconds: 300_000,
  againMilliseconds: 600_000,
  restMilliseconds: 60_000,
};

// Lists of whole namespaces are in no hurry.
const workers = 2;

export function createRetention(deps: {
  readonly kube: Pick<Kube, 'get' | 'list' | 'delete'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly metrics: RetentionMetrics;
  readonly claims: Claims;
  readonly budgets: Budgets;
  readonly times: RetentionTimes;
  readonly find: (key: string) => GitConfig | undefined;
  /** All objects of Snapshots in that namespace. */
  readonly list: (namespace: string) => readonly SnapshotRecord[];
}): Retention {
  const { kube, clock, log, times } = deps;
  const sizes = createSizes(kube, deps.budgets);
  const overBudget = createOverBudget(deps);
  const collector = createCollector({ ...deps, askNames });
  /** By namespace, then by Snapshot as it stood: since when nothing has needed it. */
  const loose = new Map<string, Map<string, number>>();
  /** By namespace: when all questions were last answered. */
  const asked = new Map<string, number>();

  const queue = createKeyedQueue({
    clock,
    workers,
    settleMilliseconds: times.settleMilliseconds,
    async reconcile(namespace, signal) {
      const wait = await pass(namespace, signal);
      if (wait !== undefined) queue.addAfter(namespace, wait);
    },
    onError: (namespace, error) =>
      log.warn({ err: error, namespace }, 'nothing is collected before everything can be asked'),
  });

  return {
    touch(namespace) {
      if (namespace !== undefined) queue.add(namespace);
    },
    overBudget: overBudget.count,
    run: queue.run,
  };

  /** Milliseconds until the next pass; undefined: when something changes. */
  async function pass(namespace: string, signal: AbortSignal): Promise<number | undefined> {
    const snapshots = storedSnapshots(deps.list(namespace));
    const bytes = (await sizes.of(snapshots, signal)) ?? (() => 0);
    const input = { snapshots, bytes, budgets: deps.budgets };
    const known = (config: string): Wish => wishOf(deps.find(`${namespace}/${config}`));
    const unnamed = planCollection({ ...input, wish: known, isNamed: () => false });
    const rest =
      (asked.get(namespace) ?? Number.NEGATIVE_INFINITY) + times.restMilliseconds - clock.monotonic();
    if (unnamed.collect.length === 0) {
      loose.delete(namespace);
      if (rest <= 0) asked.delete(namespace);
      overBudget.tell(namespace, unnamed.over);
      return undefined;
    }
    const before = loose.get(namespace);
    for (const each of snapshots) if (isWanted(known(each.config), each.hash)) before?.delete(identity(each));
    if (rest > 0) return rest;
    // Wishes before names: what is wanted by then may be named a moment later, but never the other way round.
    const wishes = await readWishes(namespace, unnamed.collect, signal);
    const names = await askNames(namespace, signal);
    const { collect, over } = planCollection({
      ...input,
      wish: (config) => wishes.get(config) ?? known(config),
      isNamed: (key) => names.has(key),
    });
    overBudget.tell(namespace, over);
    const now = clock.monotonic();
    const since = new Map(collect.map((each) => [identity(each), before?.get(identity(each)) ?? now]));
    loose.set(namespace, since);
    const waitOf = (each: StoredSnapshot): number =>
      (since.get(identity(each)) ?? now) + times.graceMilliseconds - now;
    const due = collect.filter((each) => waitOf(each) <= 0);
    const named = await collector.collect({ namespace, snapshots: due, names }, signal);
    for (const each of named) since.delete(identity(each));
    return Math.min(times.againMilliseconds, ...collect.map(waitOf).filter((wait) => wait > 0));
  }

  async function askNames(namespace: string, signal: AbortSignal): Promise<ReadonlySet<SnapshotKey>> {
    const names = await findNames(kube, namespace, signal);
    asked.set(namespace, clock.monotonic());
    return names;
  }

  async function readWishes(
    namespace: string,
    collect: readonly StoredSnapshot[],
    signal: AbortSignal,
  ): Promise<Map<string, Wish>> {
    const wishes = new Map<string, Wish>();
    for (const name of new Set(collect.map(({ config }) => config))) {
      const ref = { resource: resources.gitConfigs, namespace, name };
      wishes.set(name, wishOf(await kube.get(ref, parseGitConfig, { signal })));
    }
    return wishes;
  }
}

/** Another when an object of it was made anew. */
function identity({ config, hash, base, parts }: StoredSnapshot): string {
  const uids = [base, ...parts].map((record) => record?.metadata.uid ?? '');
  return [config, hash, ...uids].join(' ');
}
