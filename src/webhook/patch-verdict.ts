// From the object that we want to the answer that makes the API server have it.

import type { JsonObject } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import { type AdmissionRequest, allow, type Verdict } from './admission-review.ts';
import { createPatch } from './patch.ts';

export type PatchReport = { readonly log: Log; readonly onMismatch: () => void };

/** A patch that would not do what it should refuses the request, loudly: that is a fault of ours, never of the user. */
export function patchVerdict(
  request: AdmissionRequest,
  intended: JsonObject,
  warnings: readonly string[],
  { log, onMismatch }: PatchReport,
): Verdict {
  const patch = createPatch(request.object, intended);
  if (patch.kind === 'ok') return allow(patch.operations, warnings);
  onMismatch();
  const { uid, kind, namespace, name } = request;
  log.error({ uid, kind, namespace, name, why: patch.why }, 'patch does not give the intended object');
  return {
    kind: 'deny',
    code: 500,
    message: `confroll made a wrong patch for ${kind} "${name}" in namespace "${namespace}" (${patch.why}); this is a fault of confroll, please report it. The label confroll.dev/admission=disabled on the namespace switches confroll off there`,
  };
}
