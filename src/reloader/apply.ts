// Writes one change to one workload, and reads what the API server says to it.
import { fieldManagers } from '../api/keys.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import { workloadResource } from '../kube/resources.ts';
import { type ObservedWorkload, parseObservedWorkload } from './observed-workload.ts';
import { workloadPatch } from './patch.ts';
import type { LabelChange, TemplateChange } from './plan-types.ts';

export type ApplyOutcome =
  | { readonly kind: 'done'; readonly object: ObservedWorkload }
  /** Somebody was faster: plan again from what is there now. */
  | { readonly kind: 'conflict'; readonly object: ObservedWorkload }
  | { readonly kind: 'gone' }
  /** The API server does not want the change as such: a policy, a webhook, a right. */
  | { readonly kind: 'refused'; readonly message: string };

/** Rejects with a KubeError when the API server does not answer or is overloaded. */
export async function applyChange(
  kube: Pick<Kube, 'patch' | 'get'>,
  workload: ObservedWorkload,
  configs: readonly string[],
  change: { readonly template: TemplateChange | undefined; readonly labels: LabelChange },
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const { name, namespace } = workload.metadata;
  const ref = { resource: workloadResource(workload.kind), namespace, name };
  const operations = workloadPatch(workload, configs, change);
  try {
    const write = { signal, fieldManager: fieldManagers.reloader };
    const object = await kube.patch(ref, { kind: 'json', operations }, parseObservedWorkload, write);
    return { kind: 'done', object };
  } catch (error) {
    if (isKubeStatus(error, 404)) return { kind: 'gone' };
    if (isKubeStatus(error, 400, 403, 413, 500)) return { kind: 'refused', message: error.message };
    if (!isKubeStatus(error, 409, 422)) throw error;
    // A failed test and an invalid result have the same code: only the object itself tells them apart.
    const object = await kube.get(ref, parseObservedWorkload, { signal });
    if (object === undefined) return { kind: 'gone' };
    const sameBasis = testsOf(workloadPatch(object, configs, change)) === testsOf(operations);
    if (sameBasis && isKubeStatus(error, 422)) return { kind: 'refused', message: error.message };
    return { kind: 'conflict', object };
  }
}

function testsOf(operations: ReturnType<typeof workloadPatch>): string {
  return JSON.stringify(operations.filter(({ op }) => op === 'test'));
}
