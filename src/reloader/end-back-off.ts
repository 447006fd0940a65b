// Ends the back-off of controllers whose Pods our webhook refused, once it answers again: seconds instead of as long as
// the outage was. At most one write a workload and backoff step.
import type { Kube } from '../kube/api.ts';
import { isKubeStatus, KubeError } from '../kube/kube-error.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { PassGate } from './admission-gate.ts';
import type { Limiter } from './limiter.ts';
import type { ReloaderMetrics } from './metrics.ts';
import { type ObservedWorkload, pinOf, workloadKey } from './observed-workload.ts';
import { changedPins } from './patch.ts';
import type { Blocked, WorkloadPlan } from './plan-types.ts';
import { eventsNameOurWebhook, podsRefused, poke } from './refused-pods.ts';

export type EndBackOff = {
  /** Milliseconds until it wants to look again; undefined when nobody waits. Rejects only with the signal's reason. */
  run(
    namespace: string,
    plans: readonly WorkloadPlan[],
    /** By workloadKey: those whose due change could not be made in this pass. */
    obstacles: ReadonlyMap<string, Blocked>,
    gate: PassGate,
    signal: AbortSignal,
  ): Promise<number | undefined>;
};

type Waiting = {
  readonly namespace: string;
  readonly looks: Backoff;
  readonly pokes: Backoff;
  nextAt: number;
};

// A dry run each few seconds finds the end of an outage soon enough.
const look = { initialMilliseconds: 1_000, maxMilliseconds: 10_000 };
// After a write the controller needs a moment; if it did not help, another one soon will not either.
const again = { initialMilliseconds: 4_000, maxMilliseconds: 300_000 };
// In any rolling update a StatefulSet or DaemonSet has a Pod less for a moment.
const patienceMilliseconds = 5_000;

export function createEndBackOff(deps: {
  readonly kube: Pick<Kube, 'list' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ReloaderMetrics;
  readonly limit: Limiter;
}): EndBackOff {
  const { kube, clock, log, limit } = deps;
  const waiting = new Map<string, Waiting>();

  return {
    async run(namespace, plans, obstacles, gate, signal) {
      const suspects = new Map<string, WorkloadPlan>();
      for (const plan of plans) {
        const { workload, configs } = plan;
        // A template without a Pin is never touched for this: its Pods are refused until it has one.
        if (configs.length === 0 || configs.some((config) => pinOf(workload, config) === undefined)) continue;
        // A template whose change is made gets that instead: it makes the controller try, too.
        const waits = plan.blocked !== undefined || obstacles.has(workloadKey(workload));
        if (plan.move !== undefined && !waits) continue;
        if (podsRefused(plan.workload) !== 'no') suspects.set(plan.workload.metadata.uid, plan);
      }
      for (const [uid, entry] of waiting) {
        if (entry.namespace === namespace && !suspects.has(uid)) waiting.delete(uid);
      }
      const entries = [...suspects].map(([uid, plan]) => {
        const entry = waiting.get(uid) ?? newEntry(namespace, plan.workload);
        waiting.set(uid, entry);
        return { plan, entry };
      });
      const due = entries.filter(({ entry }) => clock.monotonic() >= entry.nextAt);
      await Promise.all(due.map(({ plan, entry }) => limit(() => attempt(plan, entry, gate, signal))));
      const next = entries.reduce<number | undefined>(
        (soonest, { entry }) => Math.min(soonest ?? entry.nextAt, entry.nextAt),
        undefined,
      );
      return next === undefined ? undefined : Math.max(0, next - clock.monotonic());
    },
  };

  function newEntry(namespace: string, workload: ObservedWorkload): Waiting {
    const patience = podsRefused(workload) === 'yes' ? 0 : patienceMilliseconds;
    return {
      namespace,
      looks: createBackoff(look, clock),
      pokes: createBackoff(again, clock),
      nextAt: clock.monotonic() + patience,
    };
  }

  async function attempt(
    { workload, configs }: WorkloadPlan,
    entry: Waiting,
    gate: PassGate,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, namespace } = workload.metadata;
    entry.nextAt = clock.monotonic() + entry.looks.next();
    try {
      const refused = podsRefused(workload) === 'yes' || (await eventsNameOurWebhook(kube, workload, signal));
      const [pin] = changedPins(workload, configs, undefined);
      if (!refused || pin === undefined) return;
      const trial = {
        workload,
        template: workload.spec.template,
        pins: changedPins(workload, configs, undefined),
      };
      const outcome = await gate.admits(trial, signal);
      // The gate asks once for the whole namespace: when it does next, this wants to know.
      if (outcome.kind === 'notWorking') entry.nextAt = clock.monotonic() + (gate.retryAfter() ?? 0);
      if (outcome.kind !== 'works') return;
      await poke(kube, workload, pin.config, { now: clock.now(), signal });
      deps.metrics.poked(workload.kind);
      log.info({ namespace, kind: workload.kind, name }, 'ended the back-off after refused Pods');
      entry.nextAt = clock.monotonic() + entry.pokes.next();
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (isKubeStatus(error, 403)) entry.nextAt = clock.monotonic() + again.maxMilliseconds;
      log.warn(
        { err: error, namespace, kind: workload.kind, name },
        'the back-off after refused Pods goes on',
      );
    }
  }
}
