// A changed workload: admission preserves, it does not begin. What opts in while it runs is stamped here only when the
// same request restarts its Pods anyway; everything else is the reloader's, in its turn.
import { isDeepStrictEqual } from 'node:util';
import {
  additionalConfigsAnnotation,
  configLabel,
  fieldManagers,
  hashAnnotation,
  managedLabel,
  managedValue,
  rolledLabel,
} from '../api/keys.ts';
import { requestedConfigs } from '../api/requested-configs.ts';
import { losesPodsFirst, type WorkloadKind } from '../api/workloads.ts';
import type { JsonObject } from '../lib/json.ts';
import { valueAt } from './raw.ts';
import { admit, type FirstPins, refuse, type WorkloadDecision } from './workload-decision.ts';
import { isLeaving, withoutConfigs } from './workload-leave.ts';
import {
  countingLabel,
  labelsOf,
  optInOf,
  pinOf,
  requestedBy,
  templateAnnotationsOf,
  templateLabelsOf,
  withLabel,
  withPin,
  withTemplateLabel,
} from './workload-object.ts';
import { lostPins, preserve } from './workload-preserve.ts';

export type ChangedWorkload = {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly workload: JsonObject;
  readonly before: JsonObject;
};

export function admitChangedWorkload(change: ChangedWorkload, firstPins: FirstPins): WorkloadDecision {
  const { workload, before } = change;
  const optIn = optInOf(workload);
  if (isLeaving(optIn, optInOf(before))) {
    return admit(withoutConfigs(workload), leavingWarnings(workload, before));
  }
  const label = countingLabel(optIn);
  if (label === undefined) return admit(workload);
  const requested = requestedBy(workload);
  if (requested.kind === 'invalid') {
    // An old mistake must not stand in the way of other changes; its Pods say it again.
    return requestedBy(before).kind === 'invalid'
      ? admit(workload, [requested.problem])
      : refuse(requested.problem);
  }
  const names = requested.configs.map(({ name }) => name);
  const preserved = preserve(workload, before, label, names);
  const stamped = stamp(change, preserved, names, firstPins);
  if (stamped.kind === 'refuse') return stamped;
  const warnings = [
    ...keepingWarnings(change, label, names),
    ...keptPinWarnings(workload, before, names),
    ...stamped.warnings,
  ];
  return admit(stamped.workload, warnings);
}

/** Pins for those that have none, if the Pods restart anyway. */
function stamp(
  change: ChangedWorkload,
  preserved: JsonObject,
  names: readonly string[],
  firstPins: FirstPins,
): WorkloadDecision {
  const { before } = change;
  const missing = names.filter((name) => pinOf(preserved, name) === undefined);
  const empty = missing.flatMap((name) => {
    const first = firstPins.get(name);
    return first?.kind === 'none' ? [{ name, ...first }] : [];
  });
  const restarts = !isDeepStrictEqual(templateOf(preserved), templateOf(before));
  const templateAsks = optInOf(preserved).ofTemplate !== undefined;
  if (!restarts || (!templateAsks && empty.length > 0)) {
    // Only who opts in now is told: everybody else was.
    const isNew = !isDeepStrictEqual(optInOf(change.workload), optInOf(before));
    return admit(preserved, isNew ? empty.map(({ warning }) => warning) : []);
  }
  const [refused] = empty.filter(({ name }) => !templateAsked(before, name));
  const strategy = valueAt(change.workload, 'spec', 'strategy', 'type');
  if (refused !== undefined && losesPodsFirst(change.kind, strategy)) {
    return refuse(`${refused.why}. ${lossOf(change)}: ${howToWait(change, refused.name)}`);
  }
  let result = preserved;
  for (const name of missing) {
    const first = firstPins.get(name);
    if (first?.kind !== 'hash') continue;
    result = withLabel(withPin(result, name, first.hash), rolledLabel(name), first.hash);
  }
  const label = countingLabel(optInOf(result));
  if (missing.length > 0) result = withTemplateLabel(result, configLabel, label);
  const begun = names.some((name) => pinOf(before, name) === undefined);
  if (begun) result = withLabel(result, managedLabel, managedValue);
  return admit(
    result,
    empty.map(({ warning }) => warning),
  );
}

function lossOf({ kind }: ChangedWorkload): string {
  return kind === 'Deployment'
    ? 'A Deployment with strategy Recreate deletes its Pods before it has new ones, so it would lose them all now'
    : `A ${kind} replaces its Pods before it has new ones, so it would lose one now`;
}

// Only an opt-in can stand on the workload alone and leave the running template as it is.
function howToWait({ kind, workload, before }: ChangedWorkload, name: string): string {
  if (name !== countingLabel(optInOf(workload))) {
    return `write "${name}" into the annotation ${additionalConfigsAnnotation} when it has published`;
  }
  if (optInOf(before).ofTemplate !== undefined) {
    return `change the label ${configLabel} to "${name}" when it has published`;
  }
  if (optInOf(workload).ofWorkload !== undefined) {
    return `leave the label out of the template, that of the ${kind} is enough: the Pods follow by themselves`;
  }
  return `put the label on the ${kind} itself instead of its template and the Pods follow by themselves, or wait`;
}

function templateAsked(workload: JsonObject, name: string): boolean {
  const labels = templateLabelsOf(workload);
  const requested = requestedConfigs({ labels, annotations: templateAnnotationsOf(workload) });
  return requested.kind === 'ok' && requested.configs.some((config) => config.name === name);
}

const templateOf = (workload: JsonObject): unknown => valueAt(workload, 'spec', 'template');

function leavingWarnings(workload: JsonObject, before: JsonObject): string[] {
  const had = optInOf(workload).ofTemplate;
  if (had === undefined || optInOf(before).ofWorkload === undefined) return [];
  return [`the workload leaves GitConfig "${had}": label and Pin are taken out of its Pod template, too`];
}

function keepingWarnings(change: ChangedWorkload, label: string, names: readonly string[]): string[] {
  const { kind, name, workload, before } = change;
  const now = optInOf(workload);
  const then = optInOf(before);
  if (now.ofTemplate !== undefined && now.ofTemplate !== label && now.ofTemplate !== then.ofTemplate) {
    return [
      `the Pod template gets the label ${configLabel} of the workload, "${label}", not "${now.ofTemplate}"; change that of the workload`,
    ];
  }
  const [lost] = lostPins(workload, before, names);
  // A replaced workload has lost our labels as well: its author never knew of them and needs no advice.
  const memoryOf = (object: JsonObject) =>
    lost === undefined ? undefined : labelsOf(object)[rolledLabel(lost)];
  const undone = memoryOf(workload) !== undefined && memoryOf(workload) === memoryOf(before);
  if (now.ofTemplate !== undefined || then.ofTemplate !== label || !undone) return [];
  return [
    `the Pod template keeps GitConfig "${label}": the workload has its label. To leave: kubectl label ${kind.toLowerCase()}/${name} ${configLabel}- --field-manager=${fieldManagers.person}`,
  ];
}

function keptPinWarnings(workload: JsonObject, before: JsonObject, names: readonly string[]): string[] {
  const annotations = templateAnnotationsOf(workload);
  return lostPins(workload, before, names)
    .filter((name) => annotations[hashAnnotation(name)] !== undefined)
    .map(
      (name) =>
        `the Pin ${hashAnnotation(name)} is kept, "${pinOf(before, name)}": a Pin has 12 lower-case hex digits`,
    );
}
