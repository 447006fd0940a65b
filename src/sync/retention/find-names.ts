// Asks the API server what names Snapshots in a namespace. A Pod says it in its metadata. What makes Pods, or has made them,
// says it in its template, which has to be read: the metadata of a ReplicaSet and of a ControllerRevision has only the labels
// of its template, and a Pin may stand there without the label beside it.
import { pinLabel } from '../../api/keys.ts';
import { workloadKinds } from '../../api/workloads.ts';
import type { Kube, Resource } from '../../kube/api.ts';
import { parseKubeObject } from '../../kube/parse.ts';
import { resources, workloadResource } from '../../kube/resources.ts';
import { namesIn, type SnapshotKey } from './names.ts';

type Lists = Pick<Kube, 'list'>;

/** Rejects when any of the lists cannot be had: then nothing is known. */
export async function findNames(
  kube: Lists,
  namespace: string,
  signal: AbortSignal,
): Promise<ReadonlySet<SnapshotKey>> {
  const found = new Set<SnapshotKey>();
  const note = (raw: unknown): void => {
    for (const key of namesIn(raw)) found.add(key);
  };
  const read = async (
    resource: Resource,
    { metadataOnly = false }: { metadataOnly?: boolean } = {},
  ): Promise<void> => {
    await kube.list({ resource, namespace }, note, { signal, metadataOnly });
  };
  // One after the other: nobody waits for it, and each page is in memory while it is read.
  // All of them: their own labels say nothing of their template, and where admission is switched off nobody marks them.
  for (const kind of workloadKinds) await read(workloadResource(kind));
  await read(resources.cronJobs);
  await read(resources.jobs);
  await read(resources.replicaSets);
  await read(resources.controllerRevisions);
  // Somebody may have taken its labels off to look at it in peace.
  await read(resources.pods, { metadataOnly: true });
  return found;
}

/** Asked just before a Snapshot is deleted, also of those that have lost the label by which all others are found. */
export async function isCarried(
  kube: Lists,
  { namespace, config, hash }: { readonly namespace: string; readonly config: string; readonly hash: string },
  signal: AbortSignal,
): Promise<boolean> {
  const labelSelector = `${pinLabel(config)}=${hash}`;
  for (const resource of carriers) {
    const options = { signal, metadataOnly: true };
    const { items } = await kube.list({ resource, namespace, labelSelector }, parseKubeObject, options);
    if (items.length > 0) return true;
  }
  return false;
}

const carriers: readonly Resource[] = [resources.pods, resources.replicaSets, resources.controllerRevisions];
