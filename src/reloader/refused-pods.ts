// Workloads whose controller is in back-off because our webhook refused their Pods: any write to the object makes it try
// at once, where it would wait as long as the outage was.
import { fieldManagers, pinLabel, pokedAtAnnotation, webhookNames } from '../api/keys.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Kube } from '../kube/api.ts';
import { parseKubeObject } from '../kube/parse.ts';
import { resources, workloadResource } from '../kube/resources.ts';
import { isRecord } from '../lib/json.ts';
import { type ObservedWorkload, pinOf } from './observed-workload.ts';

/** `perhaps`: Pods are absent, and only the Events say why. */
export function podsRefused({ kind, spec, status = {} }: ObservedWorkload): 'yes' | 'perhaps' | 'no' {
  if (kind === 'Deployment') {
    const failure = status.conditions?.find(({ type }) => type === 'ReplicaFailure');
    return failure?.status === 'True' && failure.message.includes(webhookNames.pods) ? 'yes' : 'no';
  }
  const wanted = kind === 'StatefulSet' ? (spec.replicas ?? 1) : (status.desiredNumberScheduled ?? 0);
  const there = kind === 'StatefulSet' ? (status.replicas ?? 0) : (status.currentNumberScheduled ?? 0);
  return there < wanted ? 'perhaps' : 'no';
}

/** Whether an Event says that our webhook was in the way. Rejects with a KubeError, 403 where Events may not be read. */
export async function eventsNameOurWebhook(
  kube: Pick<Kube, 'list'>,
  { metadata }: ObservedWorkload,
  signal: AbortSignal,
): Promise<boolean> {
  const fieldSelector = `involvedObject.uid=${metadata.uid},reason=FailedCreate`;
  const selection = { resource: resources.events, namespace: metadata.namespace, fieldSelector };
  const { items } = await kube.list(selection, messageOf, { signal });
  return items.some((message) => message.includes(webhookNames.pods));
}

/** Ends the back-off. Writes nothing when the object to write to is gone. Rejects with a KubeError. */
export async function poke(
  kube: Pick<Kube, 'list' | 'patch'>,
  workload: ObservedWorkload,
  config: string,
  options: { readonly now: number; readonly signal: AbortSignal },
): Promise<void> {
  const { namespace, name } = workload.metadata;
  const ref =
    workload.kind === 'Deployment'
      ? await newestReplicaSet(kube, workload, config, options.signal)
      : { resource: workloadResource(workload.kind), namespace, name };
  if (ref === undefined) return;
  const annotations = { [pokedAtAnnotation]: new Date(options.now).toISOString() };
  const write = { signal: options.signal, fieldManager: fieldManagers.reloader };
  await kube.patch(ref, { kind: 'merge', body: { metadata: { annotations } } }, parseKubeObject, write);
}

/** Not the Deployment: its annotations count as a change of its spec, and go to every ReplicaSet. */
async function newestReplicaSet(
  kube: Pick<Kube, 'list'>,
  workload: ObservedWorkload,
  config: string,
  signal: AbortSignal,
) {
  const { namespace, uid } = workload.metadata;
  const resource = resources.replicaSets;
  const labelSelector = `${pinLabel(config)}=${pinOf(workload, config)}`;
  const { items } = await kube.list({ resource, namespace, labelSelector }, parseKubeObject, {
    signal,
    metadataOnly: true,
  });
  const [newest] = items
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    .sort((left, right) => revisionOf(right) - revisionOf(left));
  return newest === undefined ? undefined : { resource, namespace, name: newest.metadata.name };
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}

function messageOf(raw: unknown): string {
  return isRecord(raw) && typeof raw.message === 'string' ? raw.message : '';
}
