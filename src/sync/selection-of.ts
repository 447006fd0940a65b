// PURE: which files of a commit a GitConfig asks for, and how much they may be.
import { type ContentLimits, defaultContentLimits, maxContentLimits } from '../api/content-limits.ts';
import type { GitConfigSpec } from '../api/gitconfig.ts';
import type { Selection } from '../content/select/selection.ts';

export function selectionOf({ path, paths, include, exclude, validate }: GitConfigSpec): Selection {
  return {
    paths: paths ?? [path ?? ''],
    setting: paths === undefined ? 'spec.path' : 'spec.paths',
    include: include ?? [],
    exclude: exclude ?? [],
    ignoreFiles: true,
    // A schema need not be published.
    also: (validate?.schemas ?? []).flatMap(({ schema }) => schema.path ?? []),
  };
}

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
