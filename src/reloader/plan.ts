// What is to be written to one workload, over the set of its Pins: one held config freezes it whole, and one commit is
// one restart. Pure; the table decides about each config, this joins what it says.
import {
  configLabel,
  configOfKey,
  heldLabel,
  managedLabel,
  managedValue,
  rolledLabel,
  sickLabel,
} from '../api/keys.ts';
import { requestedConfigs } from '../api/requested-configs.ts';
import { incomplete, whyNot } from './blocked.ts';
import { type Decision, decide } from './decide.ts';
import type { Health } from './health.ts';
import { hasPods, isManaged, type ObservedWorkload, pinnedConfigs, pinOf } from './observed-workload.ts';
import { hasOtherWriter } from './pin-writer.ts';
import type { PinChange, PlanContext, TemplateChange, WorkloadPlan } from './plan-types.ts';

export function planWorkload(workload: ObservedWorkload, health: Health, context: PlanContext): WorkloadPlan {
  const own = workload.metadata.labels ?? {};
  const request = requestedConfigs(workload.spec.template.metadata ?? {}, own[configLabel]);
  const base = {
    workload,
    configs: [],
    decisions: new Map(),
    labels: {},
    move: undefined,
    blocked: undefined,
  };
  if (request.kind === 'invalid') {
    const label = own[configLabel] ?? workload.spec.template.metadata?.labels?.[configLabel] ?? '';
    const blocked = { reason: 'InvalidRequest', message: request.problem };
    return { ...base, configs: [label], blocked };
  }
  const configs = request.configs.map(({ name }) => name);
  const decisions = new Map<string, Decision>();
  const labels: Record<string, string | undefined> = {};
  for (const name of new Set([...configs, ...rememberedConfigs(own)])) {
    const decision = decideConfig(workload, name, configs.includes(name), context);
    decisions.set(name, decision);
    if (decision.kind === 'clearLabels') {
      for (const key of memoryLabels(name)) set(labels, own, key, undefined);
    } else if (decision.kind === 'mark') {
      set(labels, own, rolledLabel(name), decision.rolled);
      set(labels, own, heldLabel(name), decision.held);
    }
  }
  if (configs.length === 0) {
    set(labels, own, managedLabel, undefined);
    return { ...base, decisions, labels };
  }
  const template = templateChange(workload, configs, decisions);
  const complete = configs.every(
    (name) => pinOf(workload, name) !== undefined || template?.pins.some(({ config }) => config === name),
  );
  if (template === undefined) {
    if (complete && !isManaged(workload)) labels[managedLabel] = managedValue;
    return { ...base, configs, decisions, labels };
  }
  const moveLabels: Record<string, string | undefined> = { ...labels };
  set(moveLabels, own, managedLabel, managedValue);
  for (const { config, to, decision } of template.pins) {
    set(moveLabels, own, rolledLabel(config), to);
    if (decision.kind === 'move') set(moveLabels, own, heldLabel(config), undefined);
    set(moveLabels, own, sickLabel(config), isSick(workload, config, health) ? to : undefined);
  }
  const blocked = complete
    ? whyNot(workload, configs, decisions, template, context)
    : incomplete(configs, workload, template);
  return { workload, configs, decisions, labels, move: { template, labels: moveLabels }, blocked };
}

const memoryLabels = (config: string): string[] => [
  rolledLabel(config),
  heldLabel(config),
  sickLabel(config),
];

/** Configs that labels of ours speak of, asked for or not. */
function rememberedConfigs(own: Readonly<Record<string, string>>): string[] {
  return Object.keys(own).flatMap((key) => {
    const config = configOfKey('rolled', key) ?? configOfKey('held', key) ?? configOfKey('sick', key);
    return config === undefined ? [] : [config];
  });
}

function decideConfig(
  workload: ObservedWorkload,
  name: string,
  asked: boolean,
  context: PlanContext,
): Decision {
  const own = workload.metadata.labels ?? {};
  const view = context.config(name);
  const pin = pinOf(workload, name);
  const rolled = own[rolledLabel(name)];
  const wanted = view?.wanted;
  return decide({
    asked,
    newest: view?.newest,
    wanted,
    stable: view?.stable,
    pin,
    rolled,
    held: own[heldLabel(name)],
    otherWriter: hasOtherWriter(workload.metadata.managedFields, name),
    rolledExists: rolled !== undefined && context.snapshot(name, rolled) === 'present',
    // The wanted Snapshot is made again, and moving from one that is absent to another that is helps nobody.
    pinLost:
      pin !== undefined &&
      pin !== wanted &&
      context.snapshot(name, pin) === 'absent' &&
      // Until Git has answered, it may be made again.
      view?.lost.includes(pin) === true &&
      (wanted === undefined || context.snapshot(name, wanted) === 'present'),
  });
}

/** Undefined when the template is as it should be. */
function templateChange(
  workload: ObservedWorkload,
  configs: readonly string[],
  decisions: ReadonlyMap<string, Decision>,
): TemplateChange | undefined {
  const pins: PinChange[] = [];
  for (const [config, decision] of decisions) {
    if (decision.kind !== 'setPin' && decision.kind !== 'move') continue;
    pins.push({ config, from: pinOf(workload, config), to: decision.to, decision });
  }
  const [first] = configs;
  const label = workload.spec.template.metadata?.labels?.[configLabel] === first ? undefined : first;
  if (pins.length === 0 && label === undefined) return undefined;
  return { pins, label, drop: pinnedConfigs(workload).filter((name) => !configs.includes(name)) };
}

/** It was not well before we touched it: then it proves nothing about the content that it is moved to. */
function isSick(workload: ObservedWorkload, config: string, health: Health): boolean {
  if (!hasPods(workload)) return false;
  if (health.kind === 'failed' || health.kind === 'degraded') return true;
  const pin = pinOf(workload, config);
  return (
    health.kind !== 'healthy' && pin !== undefined && workload.metadata.labels?.[sickLabel(config)] === pin
  );
}

function set(
  labels: Record<string, string | undefined>,
  own: Readonly<Record<string, string>>,
  key: string,
  value: string | undefined,
): void {
  if (own[key] === value) delete labels[key];
  else labels[key] = value;
}
