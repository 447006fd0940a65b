// PURE: the ordinary ConfigMap of a GitConfig's name, which always holds the newest accepted content.
import { isDeepStrictEqual } from 'node:util';
import { liveLabel, snapshotKeys } from '../../api/keys.ts';
import type { ConfigMap } from '../../api/objects.ts';
import type { Snapshot } from '../../api/snapshot.ts';
import { isRecord, type JsonObject, type PatchOperation } from '../../lib/json.ts';

/** What it is to hold: the files of a Snapshot that is one object. */
export type LiveContent = {
  readonly snapshot: Snapshot;
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
};

export function liveObject(namespace: string, content: LiveContent): JsonObject {
  const { snapshot, data, binaryData } = content;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: snapshot.config,
      namespace,
      labels: { [liveLabel]: snapshot.config },
      annotations: provenance(snapshot),
    },
    data,
    binaryData,
  };
}

/** Whoever takes our label off has taken the object over. */
export function isOurs({ metadata: { name, labels } }: ConfigMap): boolean {
  return labels?.[liveLabel] === name;
}

/** `edited`: it says that it holds this very content, and does not. */
export function stateOf(object: ConfigMap, content: LiveContent): 'current' | 'older' | 'edited' {
  const { annotations = {} } = object.metadata;
  const wanted = provenance(content.snapshot);
  const holds =
    isDeepStrictEqual(object.data ?? {}, content.data) &&
    isDeepStrictEqual(object.binaryData ?? {}, content.binaryData);
  const tells = Object.entries(wanted).every(([key, value]) => annotations[key] === value);
  if (holds && tells) return 'current';
  return annotations[snapshotKeys.hash] === content.snapshot.hash && !holds ? 'edited' : 'older';
}

/** Only while it is the object that was read, and still ours. Labels and annotations of others stay. */
export function updateOperations(object: ConfigMap, content: LiveContent): readonly PatchOperation[] {
  const { uid, resourceVersion, annotations } = object.metadata;
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add', path: '/metadata/annotations', value: { ...annotations, ...provenance(content.snapshot) } },
    { op: 'add', path: '/data', value: content.data },
    { op: 'add', path: '/binaryData', value: content.binaryData },
  ];
}

/** Whoever else wrote values last, by its field manager; undefined when nobody says so. */
export function lastWriter({ metadata }: ConfigMap, ownManager: string): string | undefined {
  const writers = (metadata.managedFields ?? []).filter(
    ({ manager, fieldsV1 }) =>
      manager !== ownManager &&
      isRecord(fieldsV1) &&
      ['f:data', 'f:binaryData'].some((key) => Object.hasOwn(fieldsV1, key)),
  );
  return writers.toSorted((one, other) => ((one.time ?? '') < (other.time ?? '') ? 1 : -1))[0]?.manager;
}

function provenance({ hash, revision, author, subject }: Snapshot): Readonly<Record<string, string>> {
  return {
    [snapshotKeys.hash]: hash,
    [snapshotKeys.revision]: revision,
    [snapshotKeys.author]: author,
    [snapshotKeys.subject]: subject,
  };
}
