// What one workload is to one GitConfig, in one word and a sentence with what to do: counted and listed in status, and
// told as an Event when it changes.
import { heldLabel, holdLabel } from '../api/keys.ts';
import { workloadPlurals } from '../api/workloads.ts';
import { whoHolds } from './blocked.ts';
import type { Health } from './health.ts';
import { type ObservedWorkload, pinOf } from './observed-workload.ts';
import type { Blocked, PlanContext, WorkloadPlan } from './plan-types.ts';
import { podsRefused } from './refused-pods.ts';

export type StateKind = 'current' | 'updating' | 'held' | 'failed';

export type WorkloadState = {
  readonly workload: ObservedWorkload;
  readonly kind: StateKind;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  readonly pin: string | undefined;
  readonly health: Health;
};

/** `obstacle`: why a due change was not made in this pass; the plan's own reason counts otherwise. */
export function workloadState(
  plan: WorkloadPlan,
  config: string,
  health: Health,
  context: PlanContext,
  obstacle: Blocked | undefined,
): WorkloadState {
  const { workload } = plan;
  const pin = pinOf(workload, config);
  const wanted = context.config(config)?.wanted;
  const state = (kind: StateKind, reason: string, message: string): WorkloadState => ({
    workload,
    kind,
    reason,
    message,
    pin,
    health,
  });
  const blocked = plan.blocked ?? obstacle;
  if (blocked?.reason === 'InvalidRequest') return state('failed', blocked.reason, blocked.message);
  if (workload.metadata.labels?.[heldLabel(config)] !== undefined)
    return state(
      'held',
      'Held',
      `held on ${pin ?? 'its Pin'} by a person${absence(config, pin, context)}; ${howToResume(workload, config)}`,
    );
  if (pin === undefined || pin !== wanted || plan.move !== undefined) {
    const hold = whoHolds(workload, plan.configs, context);
    if (hold !== undefined && pin !== undefined)
      return state('held', 'OnHold', `stays on ${pin}: ${hold}; take the label ${holdLabel} off to go on`);
    if (blocked?.reason === 'Held') return state('held', 'Held', blocked.message);
    if (blocked !== undefined) return state('updating', blocked.reason, blocked.message);
    if (wanted === undefined) return state('updating', 'NothingPublished', 'nothing is published yet');
    return state('updating', 'Moving', `waits to be moved to ${wanted}`);
  }
  // Not what may happen to a workload that was well: its Pods cannot start at all.
  if (podsRefused(workload) === 'yes') return state('updating', 'PodsRefused', messageOf(health));
  switch (health.kind) {
    case 'healthy':
      return state('current', 'Healthy', `healthy on ${pin}`);
    case 'failed':
      // A DaemonSet cannot tell a failed rollout from a Pod lost long after it: content that proved itself is not blamed.
      if (workload.kind !== 'Deployment' && context.config(config)?.stable === pin)
        return state('updating', 'NotAvailable', health.message);
      return state('failed', 'RolloutFailed', `not healthy on ${pin}: ${health.message}`);
    // The strategy is a person's choice, as a hold is: nothing of ours changes these Pods.
    case 'partial':
      return state('held', 'UpdateStrategy', health.message);
    case 'paused':
      return state('updating', 'Paused', health.message);
    case 'degraded':
      return state('updating', 'NotAvailable', health.message);
    case 'updating':
      return state('updating', 'Updating', health.message);
  }
}

function messageOf(health: Health): string {
  return 'message' in health ? health.message : 'some of its Pods are refused at admission';
}

/** Its running Pods keep their files, new ones are refused until then. */
function absence(config: string, pin: string | undefined, context: PlanContext): string {
  if (pin === undefined || context.snapshot(config, pin) !== 'absent') return '';
  const suspended = context.config(config)?.gitConfig.spec.suspend === true;
  const how = suspended
    ? `when spec.suspend of GitConfig ${config} is taken off`
    : 'as soon as Git can be read';
  return ` although its Snapshot ${config}-${pin} is absent: it is made again from Git ${how}`;
}

/** The command that ends a hold, as a person types it. */
function howToResume({ kind, metadata }: ObservedWorkload, config: string): string {
  const target = `${workloadPlurals[kind]}/${metadata.name}`;
  return `resume with: kubectl -n ${metadata.namespace} label ${kind === 'Deployment' ? `deploy/${metadata.name}` : target} ${heldLabel(config)}- --field-manager=confroll-person`;
}
