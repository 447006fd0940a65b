// Why a folder of a revision cannot be config, for the person who can change it.
import { showBytes, showPath } from '../../content/words.ts';
import type { Folder } from '../source.ts';
import type { GitLimits } from './limits.ts';
import type { TreeEntry } from './tree.ts';

export type RejectedFolder = Omit<Extract<Folder, { kind: 'rejected' }>, 'history'>;
export type FolderLimits = Pick<GitLimits, 'folderBytes' | 'folderEntries'>;

/** `walked`: as far as the path leads, the last element included that is no folder; `kind`: what is there instead. */
export function missingFolder(
  path: string,
  walked: string,
  kind: TreeEntry['kind'] | undefined,
): RejectedFolder {
  return { kind: 'rejected', reason: 'PathNotFound', message: whatIsThere(path, walked, kind) };
}

export function tooMany(folder: string, { folderEntries }: FolderLimits): RejectedFolder {
  return tooLarge(folder, `it has more than ${folderEntries} files and subfolders`);
}

/** The list of what is in it is longer than it would be with as many entries as are allowed. */
export function tooLargeToCount(folder: string, limits: FolderLimits): RejectedFolder {
  return tooMany(folder, limits);
}

export function tooMuch(
  folder: string,
  { folderBytes }: FolderLimits,
  path: Uint8Array,
  size: number,
): RejectedFolder {
  const file = `${showPath(path)} alone is ${showBytes(size)}`;
  return tooLarge(folder, `its files are more than ${showBytes(folderBytes)} together, ${file}`);
}

/** The server sends all files at once, so none can be named. */
export function tooLargeToName(folder: string, { folderBytes }: FolderLimits): RejectedFolder {
  return tooLarge(folder, `its files are more than ${showBytes(folderBytes)} together`);
}

function whatIsThere(path: string, walked: string, kind: TreeEntry['kind'] | undefined): string {
  switch (kind) {
    case undefined:
      return `the revision has no folder ${showPath(path)}${walked === path ? '' : ` (nothing at ${showPath(walked)})`}: correct spec.path, or push the folder`;
    case 'symlink':
      return `${showPath(walked)} is a symbolic link, not a folder: set spec.path to the folder itself`;
    case 'submodule':
      return `${showPath(walked)} is a submodule, not a folder: set spec.source.submodules to true, or set spec.path to a folder of this repository`;
    default:
      return `${showPath(walked)} is a file, not a folder: set spec.path to the folder that holds it`;
  }
}

function tooLarge(folder: string, what: string): RejectedFolder {
  const name = folder === '' ? "the repository's root" : `folder ${showPath(folder)}`;
  return {
    kind: 'rejected',
    reason: 'TooLarge',
    message: `${name} is too large for config: ${what}. Set spec.path to a folder that holds config only`,
  };
}
