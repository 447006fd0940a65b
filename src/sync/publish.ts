// Content -> an immutable ConfigMap that nobody else made, read back before it counts. It has no owner and no finalizer:
// nothing may take it away under running Pods.
import { isDeepStrictEqual } from 'node:util';
import { configLabel, fieldManagers } from '../api/keys.ts';
import type { ConfigMap } from '../api/objects.ts';
import { parseSnapshot, snapshotMetadata } from '../api/snapshot.ts';
import type { Content } from '../content/build-content.ts';
import { contentFormat } from '../content/content-hash.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus, KubeError } from '../kube/kube-error.ts';
import { parseConfigMap } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import type { Refused } from './attempt.ts';

export type Publication = {
  readonly namespace: string;
  readonly config: string;
  readonly mountPath: string;
  readonly revision: string;
  readonly author: string;
  readonly subject: string;
  readonly content: Content;
  /** An object of that name was seen: it is read before another is made, so that known content is no write at all. */
  readonly isKnown: boolean;
};

/** The object as it stands in the cluster, or why not. Rejects when the API server does not answer. */
export async function publish(
  publication: Publication,
  kube: Pick<Kube, 'create' | 'get'>,
  signal: AbortSignal,
): Promise<{ readonly kind: 'published'; readonly object: ConfigMap } | Refused> {
  const { namespace, config, content } = publication;
  const { data, binaryData } = content;
  const metadata = snapshotMetadata({
    ...publication,
    hash: content.hash,
    format: contentFormat,
    files: content.files,
  });
  const { name } = metadata;
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, namespace },
    immutable: true,
    data,
    binaryData,
  };
  const resource = resources.configMaps;
  try {
    const read = () => kube.get({ resource, namespace, name }, parseConfigMap, { signal });
    const create = () =>
      kube
        .create({ resource, namespace }, body, parseConfigMap, { signal, fieldManager: fieldManagers.sync })
        .catch((error: unknown) => {
          if (!isAlreadyThere(error)) throw error;
        });
    let stands = publication.isKnown ? await read() : undefined;
    if (stands === undefined) {
      await create();
      stands = await read();
    }
    if (stands === undefined || stands.metadata.deletionTimestamp !== undefined) {
      return failed(`ConfigMap "${name}" is being deleted; it is made again by itself`);
    }
    if (!holds(stands, content)) return nameTaken(name, namespace);
    return describes(stands, config, content)
      ? { kind: 'published', object: stands }
      : relabelled(stands, config, namespace);
  } catch (error) {
    if (error instanceof KubeError && error.details.status > 0) return failed(refusal(error, name));
    throw error;
  }
}

/** True when the object has its labels and annotations as the Snapshot of that content. */
function describes(object: ConfigMap, config: string, content: Content): boolean {
  const snapshot = parseSnapshot(object.metadata);
  return (
    snapshot?.config === config &&
    snapshot.hash === content.hash &&
    isDeepStrictEqual(snapshot.files, content.files)
  );
}

/** True when the object holds the very bytes, for ever. */
function holds(object: ConfigMap, content: Content): boolean {
  return (
    object.immutable === true &&
    isDeepStrictEqual(object.data ?? {}, content.data) &&
    isDeepStrictEqual(object.binaryData ?? {}, content.binaryData)
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
