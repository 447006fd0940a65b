// Content -> immutable ConfigMaps that nobody else made, read back before they count. They have no owner and no finalizer:
// nothing may take them away under running Pods. What an earlier attempt left is taken up where it holds the very bytes.
import { isDeepStrictEqual } from 'node:util';
import { shortHash } from '../api/identifiers.ts';
import { configLabel, fieldManagers } from '../api/keys.ts';
import type { ConfigMap, KubeObject } from '../api/objects.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus, KubeError } from '../kube/kube-error.ts';
import { parseConfigMap, parseKubeObject } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import type { Refused } from './attempt.ts';
import { describes, type SnapshotObject, snapshotObjects, type ToPublish } from './snapshot-objects.ts';

export type Publication = ToPublish & {
  readonly namespace: string;
  /** An object of that name was seen: it is read before another is made, so that known content is no write at all. */
  readonly isKnown: (name: string) => boolean;
};

export type Published = {
  readonly kind: 'published';
  readonly name: string;
  /** As they stand in the cluster, without their data; the base comes last. */
  readonly objects: readonly KubeObject[];
};

/** All its objects stand in the cluster, or why not. Rejects when the API server does not answer. */
export async function publish(
  publication: Publication,
  kube: Pick<Kube, 'create' | 'get'>,
  signal: AbortSignal,
): Promise<Published | Refused> {
  const objects: KubeObject[] = [];
  // One after the other: a base is made only when all that it needs was read back.
  for (const wanted of snapshotObjects(publication)) {
    const stands = await ensure(wanted, publication, kube, signal);
    if (stands.kind === 'refused') return stands;
    objects.push({ metadata: stands.object.metadata });
  }
  return {
    kind: 'published',
    name: snapshotName(publication.config, shortHash(publication.content.hash)),
    objects,
  };
}

async function ensure(
  wanted: SnapshotObject,
  { namespace, config, isKnown }: Publication,
  kube: Pick<Kube, 'create' | 'get'>,
  signal: AbortSignal,
): Promise<{ readonly kind: 'stands'; readonly object: ConfigMap } | Refused> {
  const { name } = wanted.metadata;
  const resource = resources.configMaps;
  try {
    const read = () => kube.get({ resource, namespace, name }, parseConfigMap, { signal });
    const create = () =>
      kube
        .create({ resource, namespace }, bodyOf(wanted, namespace), parseKubeObject, {
          signal,
          fieldManager: fieldManagers.sync,
        })
        .catch((error: unknown) => {
          if (!isAlreadyThere(error)) throw error;
        });
    let stands = isKnown(name) ? await read() : undefined;
    if (stands === undefined) {
      await create();
      stands = await read();
    }
    if (stands === undefined || stands.metadata.deletionTimestamp !== undefined) {
      return failed(`ConfigMap "${name}" is being deleted; it is made again by itself`);
    }
    if (!holds(stands, wanted)) return nameTaken(name, namespace);
    return describes(stands, wanted)
      ? { kind: 'stands', object: stands }
      : relabelled(stands, config, namespace);
  } catch (error) {
    if (error instanceof KubeError && error.details.status > 0) return failed(refusal(error, name));
    throw error;
  }
}

function bodyOf({ metadata, data, binaryData }: SnapshotObject, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, namespace },
    immutable: true,
    data,
    binaryData,
  };
}

/** True when the object holds the very bytes, for ever. */
function holds(object: ConfigMap, wanted: SnapshotObject): boolean {
  return (
    object.immutable === true &&
    isDeepStrictEqual(object.data ?? {}, wanted.data) &&
    isDeepStrictEqual(object.binaryData ?? {}, wanted.binaryData)
  );
}

function nameTaken(name: string, namespace: string): Refused {
  return {
    kind: 'refused',
    reason: 'NameTaken',
    message: `ConfigMap "${name}" is there and was not made from this content, so it is left alone: if nothing uses it, kubectl delete configmap ${name} -n ${namespace}`,
  };
}

// Writing its metadata again would take the right to update every ConfigMap of the cluster.
function relabelled({ metadata: { name, labels } }: ConfigMap, config: string, namespace: string): Refused {
  // Without its label its deletion is not seen.
  const when = labels?.[configLabel] === config ? 'at once' : 'within one spec.interval';
  return {
    kind: 'refused',
    reason: 'NameTaken',
    message: `ConfigMap "${name}" holds this very content, but its labels or annotations were changed, so that no Pod can be made from it; running Pods keep their files. Delete it, and confroll makes it again ${when}: kubectl delete configmap ${name} -n ${namespace}`,
  };
}

function failed(message: string): Refused {
  return { kind: 'refused', reason: 'PublishFailed', message };
}

// Of a refused object the API server may repeat parts; only what a quota or a policy says is handed on.
function refusal(error: KubeError, name: string): string {
  const { status, reason } = error.details;
  const words = status === 403 ? `: ${error.message.slice(0, 300)}` : '';
  return `the API server refused ConfigMap "${name}" (HTTP ${status} ${reason})${words}`;
}

function isAlreadyThere(error: unknown): boolean {
  return isKubeStatus(error, 409) && error.details.reason === 'AlreadyExists';
}
