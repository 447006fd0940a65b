// What admission decides about a workload, and the facts that it needs to know for it.
import type { Hash12 } from '../api/identifiers.ts';
import type { JsonObject } from '../lib/json.ts';

export type WorkloadDecision =
  | { readonly kind: 'admit'; readonly workload: JsonObject; readonly warnings: readonly string[] }
  | { readonly kind: 'refuse'; readonly message: string };

/** What a template that asks for a GitConfig and has no Pin gets. */
export type FirstPin =
  | { readonly kind: 'hash'; readonly hash: Hash12 }
  /** There is no GitConfig, or it has published nothing yet. `why` is the whole story, `warning` fits into one. */
  | { readonly kind: 'none'; readonly why: string; readonly warning: string };

/** For each GitConfig that the workload asks for without having a Pin. */
export type FirstPins = ReadonlyMap<string, FirstPin>;

export const admit = (workload: JsonObject, warnings: readonly string[] = []): WorkloadDecision => ({
  kind: 'admit',
  workload,
  warnings,
});
export const refuse = (message: string): WorkloadDecision => ({ kind: 'refuse', message });
