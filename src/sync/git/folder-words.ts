// Why what is selected of a revision cannot be config, for the person who can change it.
import type { Selection } from '../../content/select/selection.ts';
import { showBytes, showPath } from '../../content/words.ts';
import type { Folder } from '../source.ts';
import type { GitLimits } from './limits.ts';
import type { TreeEntry } from './tree.ts';

export type RejectedFolder = Omit<Extract<Folder, { kind: 'rejected' }>, 'author' | 'history'>;
export type FolderLimits = Pick<GitLimits, 'folderBytes' | 'folderEntries'>;

/** `walked`: as far as the path leads, the last element included that is no folder; `kind`: what is there instead. */
export function missingFolder(
  { setting }: Selection,
  path: string,
  walked: string,
  kind: TreeEntry['kind'] | undefined,
): RejectedFolder {
  return { kind: 'rejected', reason: 'PathNotFound', message: whatIsThere(setting, path, walked, kind) };
}

export function tooMany(selection: Selection, { folderEntries }: FolderLimits): RejectedFolder {
  return tooLarge(
    selection,
    `more than ${folderEntries} files and subfolders, those included that are left out`,
  );
}

/** The list of what is in it is longer than it would be with as many entries as are allowed. */
export function tooLargeToCount(selection: Selection, limits: FolderLimits): RejectedFolder {
  return tooMany(selection, limits);
}

export function tooMuch(
  selection: Selection,
  { folderBytes }: FolderLimits,
  path: Uint8Array,
  size: number,
): RejectedFolder {
  const file = `${showPath(path)} alone is ${showBytes(size)}`;
  return tooLarge(selection, `files of more than ${showBytes(folderBytes)} together, ${file}`);
}

/** The server sends all files at once, so none can be named. */
export function tooLargeToName(selection: Selection, { folderBytes }: FolderLimits): RejectedFolder {
  return tooLarge(selection, `files of more than ${showBytes(folderBytes)} together`);
}

/** Whatever is in it. */
export function tooDeep(path: Uint8Array): RejectedFolder {
  return {
    kind: 'rejected',
    reason: 'UnsupportedFile',
    message: `folder ${showPath(path)} cannot become a folder of a Pod: its path is longer than 4096 bytes, more than a kubelet writes; shorten it`,
  };
}

function whatIsThere(
  setting: Selection['setting'],
  path: string,
  walked: string,
  kind: TreeEntry['kind'] | undefined,
): string {
  switch (kind) {
    case undefined:
      return `the revision has no folder or file ${showPath(path)}${walked === path ? '' : ` (nothing at ${showPath(walked)})`}: correct ${setting}, or push the folder`;
    case 'symlink':
      return `${showPath(walked)} is a symbolic link, not a folder: set ${setting} to the folder itself`;
    case 'submodule':
      return `${showPath(walked)} is a submodule, not a folder: set spec.source.submodules to true, or set ${setting} to a folder of this repository`;
    default:
      return `${showPath(walked)} is a file, not a folder: set ${setting} to the folder that holds it, or to the file itself`;
  }
}

function tooLarge({ paths, setting }: Selection, what: string): RejectedFolder {
  const names = paths.map((path) => (path === '' ? "the repository's root" : `folder ${showPath(path)}`));
  const isOne = names.length === 1;
  const shown = isOne ? names[0] : `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and others' : ''}`;
  return {
    kind: 'rejected',
    reason: 'TooLarge',
    message: `${shown} ${isOne ? 'is' : 'are'} too large for config: ${isOne ? 'it has' : 'they have'} ${what}. Set ${setting} to ${isOne ? 'a folder that holds' : 'folders that hold'} config only`,
  };
}
