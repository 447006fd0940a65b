// PURE: which files of a commit a GitConfig asks for, and how much they may be.
import { type ContentLimits, defaultContentLimits, maxContentLimits } from '../api/content-limits.ts';
import type { GitConfigSpec } from '../api/gitconfig.ts';
import type { FolderFile } from '../content/folder-file.ts';
import type { Selection } from '../content/select/selection.ts';

export function selectionOf({ path, paths, include, exclude, validate, env }: GitConfigSpec): Selection {
  const schemas = (validate?.schemas ?? []).flatMap(({ schema }) => schema.path ?? []);
  return {
    paths: paths ?? [path ?? ''],
    setting: paths === undefined ? 'spec.path' : 'spec.paths',
    include: include ?? [],
    exclude: exclude ?? [],
    ignoreFiles: true,
    // A schema need not be published, and what gives variables need not be a file of a Pod.
    also: [...new Set([...schemas, ...envFiles(env)])],
  };
}

/** Files of a folder that are read and left out, and yet give variables. */
export function envOnly(
  { env }: Pick<GitConfigSpec, 'env'>,
  others: readonly FolderFile[],
): readonly FolderFile[] {
  const named = new Set(envFiles(env));
  return others.filter(({ path }) => named.has(Buffer.from(path).toString('utf8')));
}

const envFiles = (env: GitConfigSpec['env'] = []): string[] => env.map(({ file }) => file);

export function limitsOf({ limits }: GitConfigSpec): ContentLimits {
  const of = (field: keyof ContentLimits): number =>
    Math.min(limits?.[field] ?? defaultContentLimits[field], maxContentLimits[field]);
  return {
    files: of('files'),
    filesWithItems: of('filesWithItems'),
    bytesPerFile: of('bytesPerFile'),
    totalBytes: of('totalBytes'),
  };
}
