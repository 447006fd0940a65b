// PURE: which files of a commit a GitConfig asks for.
import type { GitConfigSpec } from '../api/gitconfig.ts';
import type { Selection } from '../content/select/selection.ts';

export function selectionOf({ path = '', validate }: GitConfigSpec): Selection {
  return {
    paths: [path],
    setting: 'spec.path',
    include: [],
    exclude: [],
    ignoreFiles: true,
    // A schema need not be published.
    also: (validate?.schemas ?? []).flatMap(({ schema }) => schema.path ?? []),
  };
}
