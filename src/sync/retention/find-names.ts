// Asks the API server what names Snapshots in a namespace. Pods, ReplicaSets and ControllerRevisions carry the Pin of their
// template as a label, so their metadata is enough. What is only going to make Pods, such as a paused Deployment or a
// suspended CronJob, says it in its template, which has to be read.
import { configLabel, managedLabel, managedValue, pinLabel } from '../../api/keys.ts';
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
  const note = (keys: readonly SnapshotKey[]): void => {
    for (const key of keys) found.add(key);
  };
  const read = async (resource: Resource, labelSelector?: string): Promise<void> => {
    const selection = { resource, namespace, labelSelector };
    await kube.list(selection, (raw) => note(namesIn(raw)), { signal });
  };
  // One after the other: nobody waits for it, and each page is in memory while it is read.
  for (const kind of workloadKinds) {
    await read(workloadResource(kind), `${managedLabel}=${managedValue}`);
    await read(workloadResource(kind), `${configLabel},!${managedLabel}`);
  }
  // Their own labels say nothing of their template, and admission does not mark them.
  await read(resources.cronJobs);
  await read(resources.jobs);
  const unlabelled = new Map<string, Resource>();
  for (const resource of carriers) {
    await kube.list(
      { resource, namespace, labelSelector: configLabel },
      (raw) => {
        const keys = namesIn(raw);
        note(keys);
        // Of a Pod the annotation is metadata, too.
        const config = resource === resources.pods ? undefined : configWithoutPin(raw);
        if (config !== undefined) unlabelled.set(`${resource.plural}/${config}`, resource);
      },
      { signal, metadataOnly: true },
    );
  }
  // Somebody took the label off the template, or wrote the annotation alone: only the template tells.
  for (const [key, resource] of unlabelled) {
    const config = key.slice(key.indexOf('/') + 1);
    await read(resource, `${configLabel}=${config},!${pinLabel(config)}`);
  }
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

function configWithoutPin(raw: unknown): string | undefined {
  const { labels = {} } = parseKubeObject(raw).metadata;
  const config = labels[configLabel];
  return config === undefined || labels[pinLabel(config)] !== undefined ? undefined : config;
}
