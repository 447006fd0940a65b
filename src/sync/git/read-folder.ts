// Walks down to a folder of a commit and reads what is in it, and nothing else of the repository.
import type { FolderFile } from '../../content/folder-file.ts';
import type { SourceFailure } from '../source.ts';
import {
  type FolderLimits,
  missingFolder,
  type RejectedFolder,
  tooLargeToCount,
  tooLargeToName,
  tooMany,
  tooMuch,
} from './folder-words.ts';
import { MissingObject, type Objects } from './partial/objects.ts';
import { ProtocolError } from './partial/protocol-error.ts';
import { parseTree, type TreeEntry } from './tree.ts';

export type ReadFiles =
  | { readonly kind: 'ok'; readonly files: readonly FolderFile[] }
  | RejectedFolder
  | SourceFailure;

/** Reads the rest of a path in the repository of a submodule. */
export type FollowSubmodule = (at: {
  /** Where it is in this repository. */
  readonly path: string;
  readonly commit: string;
  /** Within the submodule. */
  readonly rest: string;
  /** What is left of them. */
  readonly limits: FolderLimits;
}) => Promise<ReadFiles>;

/** Rejects when an object is missing or is none of Git's. Without `follow` submodules are told as what they are. */
export async function readFolder(
  objects: Objects,
  root: string,
  path: string,
  limits: FolderLimits,
  follow: FollowSubmodule | undefined,
): Promise<ReadFiles> {
  let tree = root;
  const elements = path === '' ? [] : path.split('/');
  for (const [index, element] of elements.entries()) {
    const name = Buffer.from(element, 'utf8');
    if ((await objects.need('folder', [tree])) === 'tooLarge') return tooLargeToCount(path, limits);
    const entry = entriesOf(objects, tree).find((each) => name.equals(each.name));
    const walked = elements.slice(0, index + 1).join('/');
    if (entry?.kind === 'submodule' && follow !== undefined) {
      return follow({
        path: walked,
        commit: entry.oid,
        rest: elements.slice(index + 1).join('/'),
        limits,
      });
    }
    if (entry?.kind !== 'folder') return missingFolder(path, walked, entry?.kind);
    tree = entry.oid;
  }
  const listed = await list(objects, tree, path, limits);
  if (listed.kind !== 'ok') return listed;
  const read = await readFiles(objects, listed.entries, path, limits);
  if (read.kind !== 'ok' || follow === undefined) return read;
  return followAll(read.files, listed.entries, path, limits, follow);
}

type Found = Pick<TreeEntry, 'oid' | 'kind'> & { readonly path: Buffer };

// One level after the other, so that folders which are not at hand are asked for together.
async function list(
  objects: Objects,
  root: string,
  folder: string,
  limits: FolderLimits,
): Promise<{ kind: 'ok'; entries: Found[] } | RejectedFolder> {
  const entries: Found[] = [];
  let count = 0;
  let level = [{ oid: root, path: Buffer.alloc(0) }];
  while (level.length > 0) {
    const asked = await objects.need('folders', [...new Set(level.map(({ oid }) => oid))]);
    if (asked === 'tooLarge') return tooLargeToCount(folder, limits);
    const below: typeof level = [];
    for (const { oid, path } of level) {
      for (const entry of entriesOf(objects, oid)) {
        count += 1;
        if (count > limits.folderEntries) return tooMany(folder, limits);
        const at = path.length === 0 ? Buffer.from(entry.name) : Buffer.concat([path, slash, entry.name]);
        if (entry.kind === 'folder') below.push({ oid: entry.oid, path: at });
        else entries.push({ oid: entry.oid, kind: entry.kind, path: at });
      }
    }
    level = below;
  }
  return { kind: 'ok', entries };
}

// So many files are asked for in one request: 50 KB of ids. Between two of them it is seen whether it is too much.
const filesAtATime = 1_000;

async function readFiles(
  objects: Objects,
  entries: readonly Found[],
  folder: string,
  limits: FolderLimits,
): Promise<{ kind: 'ok'; files: FolderFile[] } | RejectedFolder> {
  const files: FolderFile[] = [];
  let bytes = 0;
  for (let at = 0; at < entries.length; at += filesAtATime) {
    const some = entries.slice(at, at + filesAtATime);
    const oids = some.flatMap(({ kind, oid }) => (kind === 'submodule' ? [] : [oid]));
    if ((await objects.need('files', [...new Set(oids)])) === 'tooLarge') {
      return tooLargeToName(folder, limits);
    }
    for (const { oid, kind, path } of some) {
      if (kind === 'folder') continue;
      const content = kind === 'submodule' ? Buffer.alloc(0) : contentOf(objects, oid, 'blob');
      bytes += content.length;
      if (bytes > limits.folderBytes) return tooMuch(folder, limits, path, content.length);
      files.push({ path, kind, bytes: content });
    }
  }
  return { kind: 'ok', files };
}

async function followAll(
  files: readonly FolderFile[],
  entries: readonly Found[],
  folder: string,
  limits: FolderLimits,
  follow: FollowSubmodule,
): Promise<ReadFiles> {
  const all = files.filter(({ kind }) => kind !== 'submodule');
  const left = {
    folderBytes: limits.folderBytes - all.reduce((sum, { bytes }) => sum + bytes.length, 0),
    folderEntries: limits.folderEntries - files.length,
  };
  for (const { kind, oid, path } of entries) {
    if (kind !== 'submodule') continue;
    const inFolder = path.toString('utf8');
    // `.gitmodules` could not name it, nor a Pod hold it.
    if (!Buffer.from(inFolder).equals(path)) {
      all.push({ path, kind, bytes: Buffer.alloc(0) });
      continue;
    }
    const whole = folder === '' ? inFolder : `${folder}/${inFolder}`;
    const read = await follow({ path: whole, commit: oid, rest: '', limits: left });
    if (read.kind !== 'ok') return read;
    for (const file of read.files) {
      left.folderBytes -= file.bytes.length;
      left.folderEntries -= 1;
      all.push({ ...file, path: Buffer.concat([path, slash, file.path]) });
    }
  }
  return { kind: 'ok', files: all };
}

const slash = Buffer.from('/');

function entriesOf(objects: Objects, oid: string): TreeEntry[] {
  return parseTree(contentOf(objects, oid, 'tree'));
}

function contentOf(objects: Objects, oid: string, type: 'tree' | 'blob'): Buffer {
  const object = objects.get(oid);
  if (object === undefined) throw new MissingObject(type === 'tree' ? 'folder' : 'files');
  if (object.type !== type) throw new ProtocolError('malformed');
  return object.bytes;
}
