// One pass over a namespace: look, plan, ask admission, write, report. It may be made at any time and any number of
// times: what is right already is left alone.

import type { Kube } from '../kube/api.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { act, isDue } from './act.ts';
import { createAdmissionGate } from './admission-gate.ts';
import { createAnnouncer } from './announce.ts';
import { type Caches, parseTrimmedGitConfig } from './caches.ts';
import { createEndBackOff } from './end-back-off.ts';
import { createLimiter } from './limiter.ts';
import type { ReloaderMetrics } from './metrics.ts';
import { type Observation, observe, type Planned } from './observe.ts';
import { type ObservedWorkload, pinOf, workloadKey } from './observed-workload.ts';
import type { Blocked, TemplateChange, WorkloadPlan } from './plan-types.ts';
import { createSetbacks } from './setbacks.ts';
import type { Snapshots } from './snapshots.ts';
import { ownStatus } from './status.ts';
import { type StateKind, workloadState } from './workload-state.ts';
import { createStatusWriter } from './write-status.ts';

export type PassDeps = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly caches: Caches;
  readonly snapshots: Snapshots;
  readonly metrics: ReloaderMetrics;
};

/** Milliseconds after which the namespace wants a pass even if nothing happens; undefined for no such wish. */
export type Pass = (namespace: string, signal: AbortSignal) => Promise<number | undefined>;

// More in flight only queue in the API server: with 32 a thousand patches take as long as with one bare loop.
const inFlight = 32;
// Where nobody tells of the end of a Namespace's hold.
const holdPollMilliseconds = 5_000;
const againMilliseconds = 250;

export function createPass(deps: PassDeps): Pass {
  const { kube, clock, caches, snapshots, metrics, log } = deps;
  const limit = createLimiter(inFlight);
  const gates = createAdmissionGate({ kube, clock });
  const setbacks = createSetbacks(clock);
  const backOff = createEndBackOff({ kube, clock, log, metrics, limit });
  const announcer = createAnnouncer(deps.events);
  const statuses = createStatusWriter({
    kube,
    clock,
    parse: parseTrimmedGitConfig,
    put: (gitConfig) => caches.gitConfigs.put(gitConfig),
  });

  return async (namespace, signal) => {
    const started = clock.monotonic();
    const wishes: (number | undefined)[] = [];
    const gate = gates.forPass(namespace);
    const seen = await observe({ caches, snapshots }, namespace, clock.now(), signal);
    const { obstacles, faults } = await write(namespace, seen, signal);
    // What was written is in the caches now; the report speaks of that.
    const after = seen.planned.some(({ plan }) => isDue(plan))
      ? await observe({ caches, snapshots }, namespace, clock.now(), signal)
      : seen;
    const plans = after.planned.map(({ plan }) => plan);
    wishes.push(await backOff.run(namespace, plans, obstacles, gate, signal));
    await report(namespace, after, obstacles, signal);
    const uids = new Set(plans.map(({ workload }) => workload.metadata.uid));
    wishes.push(setbacks.sweep(namespace, uids));
    if ([...obstacles.values()].some(({ reason }) => reason === 'AdmissionNotWorking'))
      wishes.push(gate.retryAfter());
    if (after.context.namespaceHold !== undefined && caches.holds.polled) wishes.push(holdPollMilliseconds);
    for (const { health } of after.planned) {
      if (health.kind === 'updating' && health.deadline !== undefined)
        wishes.push(Math.max(againMilliseconds, health.deadline - clock.now()));
    }
    metrics.pass((clock.monotonic() - started) / 1000);
    const [fault] = faults;
    if (fault !== undefined) throw fault;
    return earliest(wishes);

    async function write(
      place: string,
      { planned, configs }: Observation,
      stop: AbortSignal,
    ): Promise<{ obstacles: Map<string, Blocked>; faults: unknown[] }> {
      const found = new Map<string, Blocked>();
      const thrown: unknown[] = [];
      const moved: [ObservedWorkload, TemplateChange][] = [];
      const isFresh = ({ workload, configs: asked }: WorkloadPlan): boolean =>
        caches.workload(workload)?.metadata.resourceVersion === workload.metadata.resourceVersion &&
        asked.every((name) => caches.gitConfigs.get(place, name) === configs.get(name)?.gitConfig);
      const one = async (plan: WorkloadPlan): Promise<void> => {
        const done = await act(plan, { kube, caches, metrics, setbacks, gate, isFresh }, stop);
        if (done.kind === 'obstacle') found.set(workloadKey(plan.workload), done.why);
        if (done.kind === 'again') wishes.push(againMilliseconds);
        if (done.kind !== 'written') return;
        logWrite(log, plan);
        if (done.template !== undefined) moved.push([plan.workload, done.template]);
      };
      const due = planned.map(({ plan }) => plan).filter(isDue);
      await Promise.all(
        due.map((plan) => limit(() => one(plan)).catch((error: unknown) => void thrown.push(error))),
      );
      // Told when all are on their way: an Event costs the API server as much as a move.
      for (const [workload, template] of moved)
        announcer.moved(workload, template, (config, hash) =>
          snapshots.find({ namespace: place, config, hash }),
        );
      return { obstacles: found, faults: thrown };
    }

    async function report(
      place: string,
      { configs, planned, context }: Observation,
      hindered: ReadonlyMap<string, Blocked>,
      stop: AbortSignal,
    ): Promise<void> {
      const counts: Record<StateKind, number> = { current: 0, updating: 0, held: 0, failed: 0 };
      for (const [name, { gitConfig, wanted, stable }] of configs) {
        const asking = planned.filter(({ plan }) => plan.configs.includes(name));
        const states = asking.map(({ plan, health }) =>
          workloadState(plan, name, health, context, hindered.get(workloadKey(plan.workload))),
        );
        for (const { kind } of states) counts[kind] += 1;
        announcer.states(gitConfig, states);
        const missing = missingHashes(name, [wanted, stable], asking, context.snapshot);
        const hash = gitConfig.status?.hash ?? '';
        const about = snapshots.find({ namespace: place, config: name, hash });
        const now = clock.now();
        const status = ownStatus(gitConfig, { wanted, stable, missing, states, about, now });
        wishes.push(
          await statuses.write(gitConfig, status, stop).catch((error: unknown) => void faults.push(error)),
        );
      }
      announcer.keep(
        place,
        [...configs.values()].map(({ gitConfig }) => gitConfig),
      );
      metrics.states(place, counts);
    }
  };
}

function missingHashes(
  config: string,
  named: readonly (string | undefined)[],
  asking: readonly Planned[],
  snapshot: Observation['context']['snapshot'],
): string[] {
  const hashes = new Set([...named, ...asking.map(({ plan }) => pinOf(plan.workload, config))]);
  return [...hashes].filter((hash) => hash !== undefined && snapshot(config, hash) === 'absent').map(String);
}

function logWrite(log: Log, { workload, decisions }: WorkloadPlan): void {
  const { namespace, name } = workload.metadata;
  const rows = Object.fromEntries([...decisions].map(([config, decision]) => [config, decision]));
  log.info({ namespace, kind: workload.kind, name, decisions: rows }, 'workload written');
}

function earliest(wishes: readonly (number | undefined)[]): number | undefined {
  const given = wishes.filter((wish) => wish !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
