// A changed workload keeps what it had: a template that lost label or Pin although the workload still asks for config
// gets them back, and with a lost Pin what a person or the reloader had written about it. A Pin that is there, whatever
// it names, was chosen by somebody and stays.
import {
  configLabel,
  heldLabel,
  holdLabel,
  managedLabel,
  managedValue,
  pinLabel,
  rolledLabel,
} from '../api/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import { withoutConfig } from './workload-leave.ts';
import {
  labelsOf,
  optInOf,
  pinnedConfigs,
  pinOf,
  requestedBy,
  templateLabelsOf,
  withLabel,
  withPin,
  withTemplateLabel,
} from './workload-object.ts';

/** `names` are the GitConfigs that the changed workload asks for, `label` the one that counts. */
export function preserve(
  workload: JsonObject,
  before: JsonObject,
  label: string,
  names: readonly string[],
): JsonObject {
  let result = withTemplateOptIn(workload, before, label);
  result = withoutUnwanted(result, before, names);
  for (const name of names) result = withPinOf(result, before, name);
  return result;
}

/** The GitConfigs whose Pin the request took out of the template. */
export function lostPins(workload: JsonObject, before: JsonObject, names: readonly string[]): string[] {
  return names.filter((name) => pinOf(workload, name) === undefined && pinOf(before, name) !== undefined);
}

// A template that never had the label does not get it here: that is opting in, not preserving.
function withTemplateOptIn(workload: JsonObject, before: JsonObject, label: string): JsonObject {
  const had = optInOf(workload).ofTemplate !== undefined || optInOf(before).ofTemplate !== undefined;
  return had ? withTemplateLabel(workload, configLabel, label) : workload;
}

function withoutUnwanted(workload: JsonObject, before: JsonObject, names: readonly string[]): JsonObject {
  const requested = requestedBy(before);
  const wantedBefore = requested.kind === 'ok' ? requested.configs.map(({ name }) => name) : [];
  let result = workload;
  for (const name of new Set([...pinnedConfigs(workload), ...wantedBefore])) {
    if (names.includes(name)) continue;
    // A Pin that has stood unused before is left alone: to take it out would restart the Pods for nothing.
    const unusedBefore = !wantedBefore.includes(name) && pinOf(before, name) === pinOf(workload, name);
    if (!unusedBefore) result = withoutConfig(result, name);
  }
  return result;
}

function withPinOf(workload: JsonObject, before: JsonObject, name: string): JsonObject {
  const pin = pinOf(workload, name);
  const pinBefore = pinOf(before, name);
  if (pin === undefined) {
    return pinBefore === undefined ? workload : withMemory(withPin(workload, name, pinBefore), before, name);
  }
  if (pin !== pinBefore) return withPin(workload, name, pin);
  // The label beside an unchanged Pin comes back when it was lost, but is not begun: that would restart the Pods.
  const labelBefore = templateLabelsOf(before)[pinLabel(name)];
  return labelBefore === pin ? withTemplateLabel(workload, pinLabel(name), pin) : workload;
}

function withMemory(workload: JsonObject, before: JsonObject, name: string): JsonObject {
  const labels = labelsOf(workload);
  const labelsBefore = labelsOf(before);
  const rolled = labelsBefore[rolledLabel(name)];
  let result = withLabel(workload, managedLabel, managedValue);
  // Whoever sets a Pin writes down that it is settled, or that it is not.
  if (rolled !== undefined) result = withLabel(result, rolledLabel(name), rolled);
  for (const key of [heldLabel(name), holdLabel]) {
    const value = labelsBefore[key];
    if (labels[key] === undefined && value !== undefined) result = withLabel(result, key, value);
  }
  return result;
}
