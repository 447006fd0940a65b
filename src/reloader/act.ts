// Does what the plan of one workload says, as far as admission and the API server let it.
import type { Kube } from '../kube/api.ts';
import type { PassGate } from './admission-gate.ts';
import { applyChange } from './apply.ts';
import type { Caches } from './caches.ts';
import type { ReloaderMetrics } from './metrics.ts';
import { changedPins, changedTemplate } from './patch.ts';
import type { Blocked, TemplateChange, WorkloadPlan } from './plan-types.ts';
import type { Setbacks } from './setbacks.ts';

export type Act =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'written'; readonly template: TemplateChange | undefined }
  /** Somebody else was faster, or the world has changed since the plan: another pass must look. */
  | { readonly kind: 'again' }
  /** The template could not be changed; `labels` tells whether the labels were. */
  | { readonly kind: 'obstacle'; readonly why: Blocked };

export type ActDeps = {
  readonly kube: Pick<Kube, 'patch' | 'get'>;
  readonly caches: Pick<Caches, 'put'>;
  readonly metrics: ReloaderMetrics;
  readonly setbacks: Setbacks;
  readonly gate: PassGate;
  /** The plan was made from what is still known to be so. */
  readonly isFresh: (plan: WorkloadPlan) => boolean;
};

/** Whether there is anything to do that a plan does not say must wait. */
export function isDue({ move, blocked, labels }: WorkloadPlan): boolean {
  return (move !== undefined && blocked === undefined) || Object.keys(labels).length > 0;
}

/** Rejects with a KubeError when the API server does not answer. */
export async function act(plan: WorkloadPlan, deps: ActDeps, signal: AbortSignal): Promise<Act> {
  if (plan.move === undefined || plan.blocked !== undefined)
    return await write(plan, undefined, deps, signal);
  const obstacle = await obstacleOf(plan, plan.move.template, deps, signal);
  if (obstacle === undefined) return await write(plan, plan.move, deps, signal);
  // Labels only remember; they need no admission.
  if (Object.keys(plan.labels).length > 0) await write(plan, undefined, deps, signal);
  return { kind: 'obstacle', why: obstacle };
}

async function obstacleOf(
  { workload, configs }: WorkloadPlan,
  template: TemplateChange,
  { gate, setbacks, metrics }: ActDeps,
  signal: AbortSignal,
): Promise<Blocked | undefined> {
  const { uid, namespace } = workload.metadata;
  const earlier = setbacks.get(uid, describeChange(template));
  if (earlier !== undefined) return earlier;
  const trial = {
    workload,
    template: changedTemplate(workload.spec.template, template),
    pins: changedPins(workload, configs, template),
  };
  const outcome = await gate.admits(trial, signal);
  if (outcome.kind === 'works') return undefined;
  metrics.moved(workload.kind, 'not-admitted');
  if (outcome.kind === 'notWorking') return { reason: 'AdmissionNotWorking', message: outcome.message };
  const why = { reason: 'PodRefused', message: `a Pod of it would be refused: ${outcome.message}` };
  setbacks.note(namespace, uid, describeChange(template), why);
  return why;
}

async function write(
  plan: WorkloadPlan,
  move: WorkloadPlan['move'],
  deps: ActDeps,
  signal: AbortSignal,
): Promise<Act> {
  const { workload } = plan;
  const { uid, namespace } = workload.metadata;
  if (!deps.isFresh(plan)) return { kind: 'again' };
  const change = { template: move?.template, labels: move?.labels ?? plan.labels };
  const key = describeChange(change.template) + JSON.stringify(change.labels);
  const earlier = deps.setbacks.get(uid, key);
  if (earlier !== undefined) return { kind: 'obstacle', why: earlier };
  const outcome = await applyChange(deps.kube, workload, plan.configs, change, signal);
  if (move !== undefined) deps.metrics.moved(workload.kind, outcome.kind === 'done' ? 'moved' : outcome.kind);
  switch (outcome.kind) {
    case 'done':
      deps.setbacks.clear(uid);
      deps.caches.put(outcome.object);
      return { kind: 'written', template: change.template };
    case 'conflict':
      deps.caches.put(outcome.object);
      return { kind: 'again' };
    case 'gone':
      return { kind: 'nothing' };
    case 'refused': {
      deps.metrics.patchRefused(workload.kind);
      const why = { reason: 'PatchRefused', message: `its change was refused: ${outcome.message}` };
      deps.setbacks.note(namespace, uid, key, why);
      return { kind: 'obstacle', why };
    }
  }
}

function describeChange(template: TemplateChange | undefined): string {
  if (template === undefined) return '';
  return JSON.stringify([template.label, template.drop, template.pins.map(({ config, to }) => [config, to])]);
}
