// What of a commit is wanted.

export type Selection = {
  /** Folders or files of the commit, at least one; `''` is the root. Files of later ones replace those of earlier ones. */
  readonly paths: readonly string[];
  /** The field of the spec that they come from, for messages. */
  readonly setting: 'spec.path' | 'spec.paths';
  /** Globs over paths below a layer. None: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Whether a layer's `.confrollignore` counts; else it is a file like any other. */
  readonly ignoreFiles: boolean;
  /** Files below a layer that are read also where they are not selected. */
  readonly also: readonly string[];
};

export function wholeFolder(path: string): Selection {
  return { paths: [path], setting: 'spec.path', include: [], exclude: [], ignoreFiles: false, also: [] };
}
