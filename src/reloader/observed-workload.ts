// A workload as the reloader keeps it: what decisions, health and the trial Pod need, and nothing else of it.
import { configOfKey, hashAnnotation, managedLabel, managedValue } from '../api/keys.ts';
import { parseWorkloadKind, type Workload, type WorkloadKind } from '../api/workloads.ts';
import { parseWorkload } from '../kube/parse.ts';
import { isRecord } from '../lib/json.ts';
import { trimManagedFields } from './pin-writer.ts';

export type ObservedWorkload = Workload & {
  readonly kind: WorkloadKind;
  readonly metadata: Workload['metadata'] & { readonly namespace: string; readonly uid: string };
  /** Names of `volumeClaimTemplates`: a StatefulSet's Pods get volumes that their template does not have. */
  readonly claims: readonly string[];
};

/** Throws an Error that names what came on anything that is no Deployment, StatefulSet or DaemonSet. */
export function parseObservedWorkload(raw: unknown): ObservedWorkload {
  const workload = parseWorkload(raw);
  const kind = parseWorkloadKind(workload.kind);
  const { metadata, spec, status } = workload;
  const { name, namespace, uid, resourceVersion, generation, deletionTimestamp, labels } = metadata;
  if (kind === undefined || namespace === undefined || uid === undefined)
    throw new Error(
      `expected a Deployment, StatefulSet or DaemonSet with a uid, got ${workload.kind} ${name}`,
    );
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name,
      namespace,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(generation === undefined ? {} : { generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(labels === undefined ? {} : { labels }),
      managedFields: trimManagedFields(metadata.managedFields),
    },
    spec: {
      template: spec.template,
      ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }),
      ...(spec.paused === undefined ? {} : { paused: spec.paused }),
      ...(spec.strategy === undefined ? {} : { strategy: spec.strategy }),
      ...(spec.updateStrategy === undefined ? {} : { updateStrategy: spec.updateStrategy }),
    },
    ...(status === undefined ? {} : { status }),
    claims: claimNames(raw),
  };
}

/** One string for each workload of a namespace. */
export function workloadKey({ kind, metadata }: ObservedWorkload): string {
  return `${kind}/${metadata.name}`;
}

export function isManaged({ metadata }: ObservedWorkload): boolean {
  return metadata.labels?.[managedLabel] === managedValue;
}

/** Configs that the template has a Pin of, asked for or not. */
export function pinnedConfigs({ spec }: ObservedWorkload): string[] {
  return Object.keys(spec.template.metadata?.annotations ?? {}).flatMap((key) => {
    const config = configOfKey('hash', key);
    return config === undefined ? [] : [config];
  });
}

export function pinOf({ spec }: ObservedWorkload, config: string): string | undefined {
  return spec.template.metadata?.annotations?.[hashAnnotation(config)];
}

/** Pods are there or were just started. A rollout of such a workload is felt by somebody. */
export function hasPods({ status }: ObservedWorkload): boolean {
  return (status?.replicas ?? 0) > 0 || (status?.currentNumberScheduled ?? 0) > 0;
}

function claimNames(raw: unknown): string[] {
  const spec = isRecord(raw) && isRecord(raw.spec) ? raw.spec : {};
  const templates = Array.isArray(spec.volumeClaimTemplates) ? spec.volumeClaimTemplates : [];
  return templates.flatMap((template: unknown) => {
    const metadata = isRecord(template) && isRecord(template.metadata) ? template.metadata : {};
    return typeof metadata.name === 'string' ? [metadata.name] : [];
  });
}
