// Admission of workloads: finds out what a template without a Pin gets, and decides.

import { parseHash12 } from '../api/identifiers.ts';
import { rolledLabel } from '../api/keys.ts';
import { parseWorkloadKind } from '../api/workloads.ts';
import type { JsonObject } from '../lib/json.ts';
import { type Admission, allow, deny } from './admission-review.ts';
import { type PatchReport, patchVerdict } from './patch-verdict.ts';
import { noGitConfig, notAnswered, nothingPublished } from './refusals.ts';
import { type Sources, stableHashOf } from './sources.ts';
import { admitNewWorkload } from './workload-create.ts';
import type { FirstPin } from './workload-decision.ts';
import { countingLabel, labelsOf, optInOf, pinOf, requestedBy } from './workload-object.ts';
import { admitChangedWorkload } from './workload-update.ts';

export type WorkloadAdmissionDeps = PatchReport & {
  readonly sources: Pick<Sources, 'gitConfig' | 'snapshot'>;
};

export function createWorkloadAdmission(deps: WorkloadAdmissionDeps): Admission {
  return async (request) => {
    const kind = parseWorkloadKind(request.kind);
    const { operation, namespace, name, object, oldObject } = request;
    if (kind === undefined) {
      return deny(
        `the path /workloads is for Deployments, StatefulSets and DaemonSets, not for ${request.kind}`,
      );
    }
    const isUpdate = operation === 'UPDATE' && oldObject !== undefined;
    if (!isUpdate && operation !== 'CREATE') return allow();
    const firstPins = new Map<string, FirstPin>();
    for (const config of withoutPin(object, isUpdate ? oldObject : {})) {
      const byLabel = config === countingLabel(optInOf(object));
      const wanted = { namespace, config, byLabel };
      const found = await firstPin(wanted, isUpdate ? object : {}, deps.sources).catch((error: unknown) => {
        const why = notAnswered(wanted, error instanceof Error ? error.message : String(error));
        return { kind: 'none' as const, why, warning: why, failed: true };
      });
      // A new workload must not start without a config that is there; a running one is the reloader's in the end.
      if ('failed' in found && !isUpdate) return deny(found.why);
      firstPins.set(config, found);
    }
    const decision = isUpdate
      ? admitChangedWorkload({ kind, name, workload: object, before: oldObject }, firstPins)
      : admitNewWorkload(object, firstPins);
    if (decision.kind === 'refuse') return deny(decision.message);
    return patchVerdict(request, decision.workload, decision.warnings, deps);
  };
}

function withoutPin(workload: JsonObject, before: JsonObject): string[] {
  const requested = requestedBy(workload);
  if (requested.kind === 'invalid') return [];
  return requested.configs
    .map(({ name }) => name)
    .filter((name) => pinOf(workload, name) === undefined && pinOf(before, name) === undefined);
}

/** What was settled last, if its Snapshot exists; else the stable hash. */
async function firstPin(
  wanted: { readonly namespace: string; readonly config: string; readonly byLabel: boolean },
  workload: JsonObject,
  sources: Pick<Sources, 'gitConfig' | 'snapshot'>,
): Promise<FirstPin> {
  const { namespace, config, byLabel } = wanted;
  const rolled = parseHash12(labelsOf(workload)[rolledLabel(config)]);
  if (rolled !== undefined) {
    const found = await sources.snapshot(namespace, config, rolled);
    if (found.kind === 'found') return { kind: 'hash', hash: rolled };
  }
  const gitConfig = await sources.gitConfig(namespace, config);
  if (gitConfig === undefined) {
    const warning = `there is no GitConfig "${config}" in namespace "${namespace}" yet: new Pods wait for it`;
    return { kind: 'none', why: noGitConfig(wanted, byLabel), warning };
  }
  const hash = stableHashOf(gitConfig);
  if (hash !== undefined) return { kind: 'hash', hash };
  const warning = `GitConfig "${config}" has published nothing yet: new Pods wait for it. See: kubectl -n ${namespace} get gitconfig ${config}`;
  return { kind: 'none', why: nothingPublished(wanted, gitConfig), warning };
}
