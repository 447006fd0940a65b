// A new workload: label and Pin into its template in the same request, so that it starts with its config and in one
// revision.
import { configLabel, managedLabel, managedValue, rolledLabel } from '../api/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import { admit, type FirstPins, refuse, type WorkloadDecision } from './workload-decision.ts';
import {
  countingLabel,
  optInOf,
  pinOf,
  requestedBy,
  withLabel,
  withPin,
  withTemplateLabel,
} from './workload-object.ts';

/**
 * A Pin that the manifest brings is kept, whatever it names: somebody chose it, and what becomes of it is up to the
 * reloader, which can tell a lost Snapshot from one that is about to be restored. So its memory, the `rolled` label, is
 * written only beside a Pin that is set here.
 */
export function admitNewWorkload(workload: JsonObject, firstPins: FirstPins): WorkloadDecision {
  const optIn = optInOf(workload);
  const label = countingLabel(optIn);
  if (label === undefined) return admit(workload);
  if (optIn.ofTemplate !== undefined && optIn.ofTemplate !== label) {
    return refuse(
      `the label ${configLabel} is "${label}" on the workload and "${optIn.ofTemplate}" on its Pod template; write the same GitConfig into both, or leave one out`,
    );
  }
  const requested = requestedBy(workload);
  if (requested.kind === 'invalid') return refuse(requested.problem);
  const warnings: string[] = [];
  let result = withTemplateLabel(workload, configLabel, label);
  for (const { name } of requested.configs) {
    const pin = pinOf(result, name);
    const first = firstPins.get(name);
    if (pin !== undefined) result = withPin(result, name, pin);
    else if (first?.kind === 'hash') {
      result = withLabel(withPin(result, name, first.hash), rolledLabel(name), first.hash);
    } else {
      result = withPin(result, name, undefined);
      if (first !== undefined) warnings.push(first.warning);
    }
  }
  return admit(withLabel(result, managedLabel, managedValue), warnings);
}
