// A Snapshot's name and the metadata of its base: the content of one revision as immutable ConfigMaps. Their metadata holds
// all that injection needs, so a Pod can be made from its Pin even when the GitConfig is gone.
import { isRecord, parseJson } from '../lib/json.ts';
import { cleanLine } from './clean-line.ts';
import { type ContentHash, type Hash12, parseContentHash, shortHash } from './identifiers.ts';
import { snapshotKeys } from './keys.ts';
import type { ObjectMeta } from './objects.ts';
import { decodeFiles, encodeFile, type SnapshotFile } from './snapshot-files.ts';

export type Snapshot = {
  readonly config: string;
  readonly hash: ContentHash;
  readonly format: string;
  readonly mountPath: string;
  readonly revision: string;
  readonly author: string;
  readonly subject: string;
  /** Those in the base itself: each object lists its own. */
  readonly files: readonly SnapshotFile[];
  /** How many further objects hold files. */
  readonly shards: number;
  /** Names of the variables in its environment object. Undefined: there is no such object. */
  readonly environment?: readonly string[] | undefined;
};

const oneObject = '1';
const severalObjects = '2';

/**
 * A webhook refuses a format that it does not know: one from before there were several objects must not make Pods with a
 * part of the files, or without the variables.
 */
export function snapshotFormat({ shards, environment }: Pick<Snapshot, 'shards' | 'environment'>): string {
  return shards === 0 && environment === undefined ? oneObject : severalObjects;
}

export function isKnownFormat(format: string): boolean {
  return format === oneObject || format === severalObjects;
}

export const snapshotName = (config: string, hash: Hash12): string => `${config}-${hash}`;

/** Labels and annotations of the base. Author and subject are cleaned and cut to 200 characters here. */
export function snapshotMetadata(
  snapshot: Snapshot,
): Required<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>> {
  return {
    name: snapshotName(snapshot.config, shortHash(snapshot.hash)),
    labels: { [snapshotKeys.config]: snapshot.config },
    annotations: {
      [snapshotKeys.hash]: snapshot.hash,
      [snapshotKeys.format]: snapshot.format,
      [snapshotKeys.shards]: String(snapshot.shards),
      [snapshotKeys.revision]: snapshot.revision,
      [snapshotKeys.files]: JSON.stringify({
        mountPath: snapshot.mountPath,
        files: snapshot.files.map(encodeFile),
        env: snapshot.environment,
      }),
      [snapshotKeys.author]: cleanLine(snapshot.author),
      [snapshotKeys.subject]: cleanLine(snapshot.subject),
    },
  };
}

/** Undefined when the object is not the base of a Snapshot (a shard, or another's ConfigMap that happens to carry the label). */
export function parseSnapshot(metadata: ObjectMeta): Snapshot | undefined {
  const annotation = (key: string): string => metadata.annotations?.[key] ?? '';
  const config = metadata.labels?.[snapshotKeys.config];
  const hash = parseContentHash(annotation(snapshotKeys.hash));
  const listed = parseFiles(annotation(snapshotKeys.files));
  const shards = parseShards(annotation(snapshotKeys.shards));
  if (config === undefined || hash === undefined || listed === undefined || shards === undefined)
    return undefined;
  if (metadata.name !== snapshotName(config, shortHash(hash))) return undefined;
  return {
    config,
    hash,
    format: annotation(snapshotKeys.format),
    mountPath: listed.mountPath,
    revision: annotation(snapshotKeys.revision),
    author: annotation(snapshotKeys.author),
    subject: annotation(snapshotKeys.subject),
    files: listed.files,
    shards,
    environment: listed.environment,
  };
}

type Listed = {
  readonly mountPath: string;
  readonly files: SnapshotFile[];
  readonly environment: readonly string[] | undefined;
};

function parseFiles(text: string): Listed | undefined {
  const parsed = parseJson(text);
  if (!isRecord(parsed) || typeof parsed.mountPath !== 'string') return undefined;
  const { mountPath, env } = parsed;
  const files = decodeFiles(parsed.files);
  if (files === undefined || (env !== undefined && !isArrayOfStrings(env))) return undefined;
  return { mountPath, files, environment: env };
}

function parseShards(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,3})$/.test(text) ? Number(text) : undefined;
}

function isArrayOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
