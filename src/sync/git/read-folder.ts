// Walks down to a folder of a commit and reads what is in it, and nothing else of the repository.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FolderFile } from '../../content/folder-file.ts';
import { showBytes, showPath } from '../../content/words.ts';
import type { Folder } from '../source.ts';
import type { GitLimits } from './limits.ts';
import type { ObjectStore } from './object-store.ts';
import { parseTree, type TreeEntry } from './tree.ts';

type Read = Omit<Extract<Folder, { kind: 'ok' }>, 'history'> | Rejected;
type Rejected = Omit<Extract<Folder, { kind: 'rejected' }>, 'history'>;
type Limits = Pick<GitLimits, 'folderBytes' | 'folderEntries'>;

/** Rejects when an object is missing or is none of Git's. */
export async function readFolder(
  store: ObjectStore,
  commit: string,
  path: string,
  limits: Limits,
): Promise<Read> {
  const { tree, author, message } = await store.commit(commit);
  const found = await descend(store, tree, path);
  if (found.kind === 'rejected') return found;
  const files = await collect(store, found.tree, limits, path);
  if (!Array.isArray(files)) return files;
  return { kind: 'ok', files, author, subject: message.split('\n', 1)[0] ?? '' };
}

async function descend(
  store: ObjectStore,
  root: string,
  path: string,
): Promise<{ kind: 'ok'; tree: string } | Rejected> {
  let tree = root;
  let walked = '';
  for (const element of path === '' ? [] : path.split('/')) {
    const name = Buffer.from(element, 'utf8');
    const entry = parseTree(await store.tree(tree)).find((each) => name.equals(each.name));
    walked = walked === '' ? element : `${walked}/${element}`;
    if (entry?.kind !== 'folder') return notFound(path, walked, entry);
    tree = entry.oid;
  }
  return { kind: 'ok', tree };
}

async function collect(
  store: ObjectStore,
  root: string,
  limits: Limits,
  folder: string,
): Promise<FolderFile[] | Rejected> {
  const files: FolderFile[] = [];
  const folders: { tree: string; path: Buffer }[] = [{ tree: root, path: Buffer.alloc(0) }];
  let entries = 0;
  let bytes = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of parseTree(await store.tree(next.tree))) {
      entries += 1;
      if (entries > limits.folderEntries) return tooMany(folder, limits.folderEntries);
      const path =
        next.path.length === 0 ? Buffer.from(entry.name) : Buffer.concat([next.path, slash, entry.name]);
      if (entry.kind === 'folder') {
        folders.push({ tree: entry.oid, path });
        continue;
      }
      const content = entry.kind === 'submodule' ? Buffer.alloc(0) : await store.blob(entry.oid);
      bytes += content.length;
      if (bytes > limits.folderBytes) return tooMuch(folder, limits.folderBytes, path, content.length);
      files.push({ path, kind: entry.kind, bytes: content });
      if (entries % turnAfter === 0) await nextTurn();
    }
  }
  return files;
}

const slash = Buffer.from('/');
// Some milliseconds of work: other GitConfigs and the API server's answers get a turn in between.
const turnAfter = 50;

function notFound(path: string, walked: string, entry: TreeEntry | undefined): Rejected {
  const what =
    entry === undefined
      ? `the revision has no folder ${showPath(path)}${walked === path ? '' : ` (nothing at ${showPath(walked)})`}: correct spec.path, or push the folder`
      : entry.kind === 'symlink' || entry.kind === 'submodule'
        ? `${showPath(walked)} is a ${entry.kind === 'symlink' ? 'symbolic link' : 'submodule'}, not a folder: set spec.path to the folder itself`
        : `${showPath(walked)} is a file, not a folder: set spec.path to the folder that holds it`;
  return { kind: 'rejected', reason: 'PathNotFound', message: what };
}

function tooMany(folder: string, limit: number): Rejected {
  return tooLarge(folder, `it has more than ${limit} files and subfolders`);
}

function tooMuch(folder: string, limit: number, path: Buffer, size: number): Rejected {
  return tooLarge(
    folder,
    `its files are more than ${showBytes(limit)} together, ${showPath(path)} alone is ${showBytes(size)}`,
  );
}

function tooLarge(folder: string, what: string): Rejected {
  const name = folder === '' ? "the repository's root" : `folder ${showPath(folder)}`;
  return {
    kind: 'rejected',
    reason: 'TooLarge',
    message: `${name} is too large for config: ${what}. Set spec.path to a folder that holds config only`,
  };
}
