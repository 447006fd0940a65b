// A folder's files -> checked, hashed content as ConfigMaps hold it. Same files, same result, whatever their order.
import type { ContentLimits } from '../api/content-limits.ts';
import type { EnvSource } from '../api/env-spec.ts';
import type { ContentHash } from '../api/identifiers.ts';
import type { SnapshotFile } from '../api/snapshot-files.ts';
import { checkFiles, unsupported } from './check-files.ts';
import { checkFileSizes, checkItems, tooManyVariables } from './check-size.ts';
import { type ContentError, refuse } from './content-error.ts';
import { contentHash } from './content-hash.ts';
import { buildEnvironment, type Variable } from './env/environment.ts';
import { fileKey } from './file-key.ts';
import type { FolderFile, Rejected } from './folder-file.ts';
import { type ContentObjects, shareOut } from './shards.ts';
import { showPath } from './words.ts';

export type Content = {
  readonly kind: 'ok';
  readonly hash: ContentHash;
  /** All of them, in byte order of their paths. */
  readonly files: readonly SnapshotFile[];
  /** In byte order of their names; empty when there is no environment. */
  readonly environment: readonly Variable[];
  /** Which object holds which file; one, wherever that is enough. */
  readonly objects: ContentObjects;
};

/** Never throws; what cannot be published comes back as a refusal that says what to do about it. */
export function buildContent(folder: {
  readonly files: readonly FolderFile[];
  readonly mountPath: string;
  readonly env?: readonly EnvSource[] | undefined;
  /** Files that give variables and do not become files of a Pod. */
  readonly envOnly?: readonly FolderFile[] | undefined;
  /** Undefined for what was accepted before. */
  readonly limits?: Pick<ContentLimits, 'filesWithItems'> | undefined;
}): Content | Rejected {
  if (folder.files.length === 0) {
    return {
      kind: 'rejected',
      reason: 'PathEmpty',
      message:
        'the folder holds no file; commit the files there, or set spec.path or spec.paths to the folder that holds them',
    };
  }
  const { files: sorted, errors: unsupportedFiles } = checkFiles(folder.files);
  const tooLarge = checkFileSizes(sorted);
  if (tooLarge !== undefined) return tooLarge;
  const besides = (folder.envOnly ?? [])
    .filter(({ kind }) => kind === 'file' || kind === 'executable')
    .map(({ path, bytes }) => ({ path: Buffer.from(path).toString('utf8'), bytes }));
  // Of layers, one may leave out a path that another one has: what a Pod sees counts.
  const environment = buildEnvironment(folder.env ?? [], [...besides, ...sorted]);
  const keyed = sorted.map((file) => ({ ...file, key: fileKey(file.path) }));
  const cannot = [...unsupportedFiles, ...sharedKeys(keyed)];
  if (environment.kind === 'invalid') return refuse([...cannot, ...environment.errors]);
  if (cannot.length > 0) return refuse(cannot, 'UnsupportedFile');

  const { variables } = environment;
  const { mountPath } = folder;
  const hash = contentHash(mountPath, sorted, variables);
  const objects = shareOut({ hash, mountPath, environment: variableNames(variables), files: keyed });
  if (objects === undefined) return tooManyVariables(variables.length);
  const files = objects.flatMap((object) => object.files);
  const tooManyItems = checkItems(
    objects.map((object) => object.files),
    folder.limits,
  );
  return tooManyItems ?? { kind: 'ok', hash, files, environment: variables, objects };
}

/** As the base of a Snapshot lists them; undefined when there are none. */
export function variableNames(environment: readonly Variable[]): readonly string[] | undefined {
  return environment.length === 0 ? undefined : environment.map(({ name }) => name);
}

function sharedKeys(files: readonly { key: string; path: string }[]): ContentError[] {
  const paths = new Map<string, string>();
  return files.flatMap(({ key, path }) => {
    const other = paths.get(key);
    // The same path twice is told of already.
    if (other !== undefined && other !== path) {
      return [
        unsupported(path, `it and ${showPath(other)} would share one ConfigMap key; rename one of them`),
      ];
    }
    paths.set(key, path);
    return [];
  });
}
