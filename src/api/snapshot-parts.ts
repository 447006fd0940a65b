// The further objects of a Snapshot: shards, which hold the files that its base does not, and its variables. They are made
// before the base and go after it, so that a base that exists is a whole Snapshot.
import { isRecord, parseJson } from '../lib/json.ts';
import { type ContentHash, type Hash12, parseContentHash, shortHash } from './identifiers.ts';
import { snapshotKeys } from './keys.ts';
import type { ObjectMeta } from './objects.ts';
import { type Snapshot, snapshotName } from './snapshot.ts';
import { decodeFiles, encodeFile, type SnapshotFile } from './snapshot-files.ts';

type Common = { readonly config: string; readonly hash: ContentHash; readonly format: string };
export type SnapshotShard = Common & {
  readonly kind: 'shard';
  /** From 1: the base is number 0. */
  readonly index: number;
  readonly files: readonly SnapshotFile[];
};
/** Its keys are the names of variables, so that `envFrom` takes it whole. */
export type SnapshotEnvironment = Common & { readonly kind: 'environment' };
export type SnapshotPart = SnapshotShard | SnapshotEnvironment;

/** The base for index 0. */
export function shardName(config: string, hash: Hash12, index: number): string {
  const base = snapshotName(config, hash);
  return index === 0 ? base : `${base}-${index}`;
}

export const environmentName = (config: string, hash: Hash12): string => `${snapshotName(config, hash)}-env`;

/** Names of all objects that must be there beside the base. */
export function partNames({
  config,
  hash,
  shards,
  environment,
}: Pick<Snapshot, 'config' | 'hash' | 'shards' | 'environment'>): string[] {
  const short = shortHash(hash);
  const names = Array.from({ length: shards }, (_, index) => shardName(config, short, index + 1));
  return environment === undefined ? names : [...names, environmentName(config, short)];
}

export function partMetadata(
  part: SnapshotPart,
): Required<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>> {
  const files =
    part.kind === 'shard'
      ? { [snapshotKeys.files]: JSON.stringify({ files: part.files.map(encodeFile) }) }
      : {};
  return {
    name: nameOf(part),
    labels: { [snapshotKeys.config]: part.config },
    annotations: { [snapshotKeys.hash]: part.hash, [snapshotKeys.format]: part.format, ...files },
  };
}

/** Undefined when the object is no such part, or is not as it was made. */
export function parsePart(metadata: ObjectMeta): SnapshotPart | undefined {
  const config = metadata.labels?.[snapshotKeys.config];
  const hash = parseContentHash(metadata.annotations?.[snapshotKeys.hash] ?? '');
  if (config === undefined || hash === undefined) return undefined;
  const common = { config, hash, format: metadata.annotations?.[snapshotKeys.format] ?? '' };
  if (metadata.name === environmentName(config, shortHash(hash))) return { kind: 'environment', ...common };
  const listed = parseJson(metadata.annotations?.[snapshotKeys.files] ?? '');
  const files = isRecord(listed) ? decodeFiles(listed.files) : undefined;
  const [, index] = /-([1-9][0-9]{0,3})$/.exec(metadata.name) ?? [];
  if (files === undefined || index === undefined) return undefined;
  const shard: SnapshotShard = { kind: 'shard', ...common, index: Number(index), files };
  return nameOf(shard) === metadata.name ? shard : undefined;
}

function nameOf(part: SnapshotPart): string {
  const short = shortHash(part.hash);
  return part.kind === 'shard'
    ? shardName(part.config, short, part.index)
    : environmentName(part.config, short);
}
