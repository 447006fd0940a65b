// When the trial Pod is made: once before a pass's first move in a namespace, and before each StatefulSet, DaemonSet and
// Deployment that recreates, which delete old Pods first. Where admission does not work it is tried again with backoff.
import { losesPodsFirst } from '../api/workloads.ts';
import type { Kube } from '../kube/api.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { type AdmissionOutcome, checkAdmission, type Trial } from './admission-check.ts';

export type AdmissionGate = {
  /** A pass over one namespace. */
  forPass(namespace: string): PassGate;
};

export type PassGate = {
  admits(trial: Trial, signal: AbortSignal): Promise<AdmissionOutcome>;
  /** Milliseconds until a failed check may be made again; undefined when none failed. */
  retryAfter(): number | undefined;
};

type Failure = { readonly message: string; readonly until: number; readonly backoff: Backoff };

// A webhook is back within seconds of its Pods; nobody watches it, so it is asked.
const retry = { initialMilliseconds: 500, maxMilliseconds: 4_000 };

export function createAdmissionGate(deps: {
  readonly kube: Pick<Kube, 'create' | 'get'>;
  readonly clock: Clock;
}): AdmissionGate {
  const failures = new Map<string, Failure>();

  return {
    forPass(namespace) {
      let first: Promise<AdmissionOutcome> | undefined;
      return {
        async admits(trial, signal) {
          const failure = failures.get(namespace);
          if (failure !== undefined && deps.clock.monotonic() < failure.until)
            return { kind: 'notWorking', message: failure.message };
          const { kind, spec } = trial.workload;
          if (losesPodsFirst(kind, spec.strategy?.type)) return await check(namespace, trial, signal);
          // One trial speaks for all other Deployments, unless it was refused for a reason of its own.
          while (first !== undefined) {
            const asked = first;
            const outcome = await asked;
            if (outcome.kind !== 'refused') return outcome;
            if (first === asked) first = undefined;
          }
          first = check(namespace, trial, signal);
          return await first;
        },
        retryAfter() {
          const failure = failures.get(namespace);
          return failure === undefined ? undefined : Math.max(0, failure.until - deps.clock.monotonic());
        },
      };
    },
  };

  async function check(namespace: string, trial: Trial, signal: AbortSignal): Promise<AdmissionOutcome> {
    const outcome = await checkAdmission(deps.kube, trial, signal);
    if (outcome.kind === 'works') failures.delete(namespace);
    if (outcome.kind !== 'notWorking') return outcome;
    const backoff = failures.get(namespace)?.backoff ?? createBackoff(retry, deps.clock);
    failures.set(namespace, {
      message: outcome.message,
      until: deps.clock.monotonic() + backoff.next(),
      backoff,
    });
    return outcome;
  }
}
