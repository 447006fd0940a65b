// Opting out: label, Pins and our own labels go, in the request that says so. What a person wrote, such as `hold`, stays.
import { configLabel, configOfKey, managedLabel } from '../api/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import {
  labelsOf,
  type OptIn,
  pinnedConfigs,
  withLabel,
  withPin,
  withTemplateLabel,
} from './workload-object.ts';

/**
 * True when neither workload nor template asks any more, or when the workload's label is taken away: the template's is
 * then one that followed it. A template label that is written anew in the same request is a wish of its own.
 */
export function isLeaving(now: OptIn, before: OptIn): boolean {
  if (before.ofWorkload === undefined && before.ofTemplate === undefined) return false;
  if (now.ofWorkload !== undefined) return false;
  if (now.ofTemplate === undefined) return true;
  return before.ofWorkload !== undefined && now.ofTemplate === before.ofTemplate;
}

export function withoutConfigs(workload: JsonObject): JsonObject {
  let result = withTemplateLabel(workload, configLabel, undefined);
  for (const config of pinnedConfigs(workload)) result = withPin(result, config, undefined);
  for (const key of Object.keys(labelsOf(workload))) {
    if (key === managedLabel || memoryOf(key) !== undefined) result = withLabel(result, key, undefined);
  }
  return result;
}

/** Pin and labels of one config out, as when the workload asks for another one instead. */
export function withoutConfig(workload: JsonObject, config: string): JsonObject {
  let result = withPin(workload, config, undefined);
  for (const key of Object.keys(labelsOf(workload))) {
    if (memoryOf(key) === config) result = withLabel(result, key, undefined);
  }
  return result;
}

const memoryOf = (key: string): string | undefined =>
  configOfKey('rolled', key) ?? configOfKey('held', key) ?? configOfKey('sick', key);
