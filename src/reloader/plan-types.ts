// What a plan reads and what it says, as types.
import type { GitConfig } from '../api/gitconfig.ts';
import type { Decision } from './decide.ts';
import type { ObservedWorkload } from './observed-workload.ts';

/** One GitConfig as a plan sees it. */
export type ConfigView = {
  readonly gitConfig: GitConfig;
  readonly newest: string | undefined;
  readonly wanted: string | undefined;
  readonly stable: string | undefined;
  /** hash12 of content that cannot be made again. */
  readonly lost: readonly string[];
};

export type PlanContext = {
  readonly config: (name: string) => ConfigView | undefined;
  /** `unknown`: nobody could say; nothing is done because of it. */
  readonly snapshot: (config: string, hash: string) => 'present' | 'absent' | 'unknown';
  /** Value of the Namespace's hold label. */
  readonly namespaceHold: string | undefined;
};

export type Blocked = { readonly reason: string; readonly message: string };

export type PinChange = {
  readonly config: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly decision: Decision;
};

export type TemplateChange = {
  readonly pins: readonly PinChange[];
  /** The opt-in label that the template is to carry; undefined when it does already. */
  readonly label: string | undefined;
  /** Configs whose Pins go: the workload asks for them no more. */
  readonly drop: readonly string[];
};

/** Labels of the workload that differ; undefined takes one off. */
export type LabelChange = Readonly<Record<string, string | undefined>>;

export type WorkloadPlan = {
  readonly workload: ObservedWorkload;
  /** Asked for, in order; the first is the labelled one. */
  readonly configs: readonly string[];
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Written whether or not the template may change. */
  readonly labels: LabelChange;
  /** Labels that go with the template change, those above included. */
  readonly move: { readonly template: TemplateChange; readonly labels: LabelChange } | undefined;
  /** Why a template change that is due must wait. */
  readonly blocked: Blocked | undefined;
};
