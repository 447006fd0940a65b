// A Snapshot's name and metadata: the content of one revision as an immutable ConfigMap. Its metadata holds all that
// injection needs, so a Pod can be made from its Pin even when the GitConfig is gone.
import { isRecord, parseJson } from '../lib/json.ts';
import { cleanLine } from './clean-line.ts';
import { type ContentHash, type Hash12, parseContentHash, shortHash } from './identifiers.ts';
import { snapshotKeys } from './keys.ts';
import type { ObjectMeta } from './objects.ts';

/** One file of a Snapshot: the ConfigMap key that holds it, and where it appears below the mount path. */
export type SnapshotFile = { readonly key: string; readonly path: string; readonly executable: boolean };

export type Snapshot = {
  readonly config: string;
  readonly hash: ContentHash;
  readonly format: string;
  readonly mountPath: string;
  readonly revision: string;
  readonly author: string;
  readonly subject: string;
  readonly files: readonly SnapshotFile[];
  /** Names of the variables in its environment object. Undefined: there is no such object. */
  readonly environment?: readonly string[] | undefined;
};

export const snapshotName = (config: string, hash: Hash12): string => `${config}-${hash}`;
/** The object of a Snapshot whose keys are the names of variables, so that `envFrom` takes it whole. */
export const environmentName = (config: string, hash: Hash12): string => `${snapshotName(config, hash)}-env`;

/** Labels and annotations of the ConfigMap. Author and subject are cleaned and cut to 200 characters here. */
export function snapshotMetadata(
  snapshot: Snapshot,
): Required<Pick<ObjectMeta, 'name' | 'labels' | 'annotations'>> {
  return {
    name: snapshotName(snapshot.config, shortHash(snapshot.hash)),
    labels: { [snapshotKeys.config]: snapshot.config },
    annotations: {
      [snapshotKeys.hash]: snapshot.hash,
      [snapshotKeys.format]: snapshot.format,
      [snapshotKeys.shards]: '0',
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

/** Undefined when the object is not a Snapshot of ours (another's ConfigMap that happens to carry the label). */
export function parseSnapshot(metadata: ObjectMeta): Snapshot | undefined {
  const annotation = (key: string): string => metadata.annotations?.[key] ?? '';
  const config = metadata.labels?.[snapshotKeys.config];
  const hash = parseContentHash(annotation(snapshotKeys.hash));
  const listed = parseFiles(annotation(snapshotKeys.files));
  if (config === undefined || hash === undefined || listed === undefined) return undefined;
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
    environment: listed.environment,
  };
}

// Most files are flat and plain: `"app.yaml"` says it all. Otherwise [key, path] or [key, path, "x"].
function encodeFile({ key, path, executable }: SnapshotFile): unknown {
  if (executable) return [key, path, 'x'];
  return key === path ? key : [key, path];
}

type Listed = {
  readonly mountPath: string;
  readonly files: SnapshotFile[];
  readonly environment: readonly string[] | undefined;
};

function parseFiles(text: string): Listed | undefined {
  const parsed = parseJson(text);
  if (!isRecord(parsed) || typeof parsed.mountPath !== 'string' || !Array.isArray(parsed.files))
    return undefined;
  const { env } = parsed;
  if (env !== undefined && !isArrayOfStrings(env)) return undefined;
  const files: SnapshotFile[] = [];
  for (const entry of parsed.files) {
    const file = decodeFile(entry);
    if (file === undefined) return undefined;
    files.push(file);
  }
  return { mountPath: parsed.mountPath, files, environment: env };
}

function isArrayOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function decodeFile(entry: unknown): SnapshotFile | undefined {
  if (typeof entry === 'string') return { key: entry, path: entry, executable: false };
  if (!Array.isArray(entry)) return undefined;
  const [key, path, mode]: unknown[] = entry;
  return typeof key === 'string' && typeof path === 'string'
    ? { key, path, executable: mode === 'x' }
    : undefined;
}
