// PURE: the objects of a Snapshot, in the order in which they are made: shards, variables, and the base last.
import { isDeepStrictEqual } from 'node:util';
import type { ConfigMap, ObjectMeta } from '../api/objects.ts';
import { parseSnapshot, snapshotFormat, snapshotMetadata } from '../api/snapshot.ts';
import { parsePart, partMetadata } from '../api/snapshot-parts.ts';
import { type Content, variableNames } from '../content/build-content.ts';
import type { FileValues } from '../content/file-values.ts';

export type SnapshotObject = FileValues & {
  readonly metadata: Required<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>>;
};

/** What is published, and whose it is. */
export type ToPublish = {
  readonly config: string;
  readonly mountPath: string;
  readonly revision: string;
  readonly author: string;
  readonly subject: string;
  readonly content: Content;
};

export function snapshotObjects(snapshot: ToPublish): readonly SnapshotObject[] {
  const { config, content } = snapshot;
  const { hash, environment } = content;
  const [first, ...others] = content.objects;
  const whole = { shards: others.length, environment: variableNames(environment) };
  const common = { config, hash, format: snapshotFormat(whole) };
  const shards = others.map(({ files, data, binaryData }, at) => ({
    metadata: partMetadata({ ...common, kind: 'shard', index: at + 1, files }),
    data,
    binaryData,
  }));
  const variables = {
    metadata: partMetadata({ ...common, kind: 'environment' }),
    data: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    binaryData: {},
  };
  const base = {
    metadata: snapshotMetadata({
      ...snapshot,
      ...common,
      ...whole,
      files: first.files,
    }),
    data: first.data,
    binaryData: first.binaryData,
  };
  return [...shards, ...(environment.length === 0 ? [] : [variables]), base];
}

/** True when the object has its labels and annotations as that object of the Snapshot, whatever commit brought it. */
export function describes({ metadata }: ConfigMap, wanted: SnapshotObject): boolean {
  return isDeepStrictEqual(aboutContent(metadata), aboutContent(wanted.metadata));
}

function aboutContent(metadata: ObjectMeta): unknown {
  const base = parseSnapshot(metadata);
  if (base === undefined) return parsePart(metadata);
  const { revision: _, author: __, subject: ___, ...about } = base;
  return about;
}
