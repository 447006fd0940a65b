// Reads what is selected of a commit, and nothing else of the repository: the names first, and then only the files that
// stay.
import type { FolderFile } from '../../content/folder-file.ts';
import { ignoreFileName } from '../../content/select/ignore-file.ts';
import { type Layer, nothingLeft, selectFiles } from '../../content/select/select-files.ts';
import type { Selection } from '../../content/select/selection.ts';
import type { SourceFailure } from '../source.ts';
import type { FolderLimits, RejectedFolder } from './folder-words.ts';
import { createFollowing } from './follow-layer.ts';
import { type Found, listFolders } from './list-folders.ts';
import type { Objects } from './partial/objects.ts';
import { readFiles } from './read-files.ts';
import { walkDown } from './walk-down.ts';

export type ReadFiles =
  | {
      readonly kind: 'ok';
      readonly files: readonly FolderFile[];
      /** Those of `selection.also` that are not selected. */
      readonly others: readonly FolderFile[];
    }
  | RejectedFolder
  | SourceFailure;

/** Reads a folder or file in the repository of a submodule, with all that is in it. */
export type FollowSubmodule = (at: {
  /** Where it is in this repository. */
  readonly path: string;
  readonly commit: string;
  /** Within the submodule. */
  readonly rest: Selection;
  /** What is left of them. */
  readonly limits: FolderLimits;
}) => Promise<ReadFiles>;

/** Rejects when an object is missing or is none of Git's. Without `follow` submodules are told as what they are. */
export async function readFolder(
  objects: Objects,
  root: string,
  selection: Selection,
  limits: FolderLimits,
  follow: FollowSubmodule | undefined,
): Promise<ReadFiles> {
  const walked = await walkDown(objects, root, selection, limits, follow !== undefined);
  if (walked.kind !== 'ok') return walked;
  const { starts } = walked;
  const folders = starts.flatMap((start) => (start.kind === 'folder' ? [start.oid] : []));
  const listed = await listFolders(objects, folders, selection, limits);
  if (listed.kind !== 'ok') return listed;
  const { enter, expand } = createFollowing(follow, selection, limits);
  const found: { path: string; entries: readonly Found[] }[] = [];
  for (const [index, start] of starts.entries()) {
    const path = selection.paths[index] ?? '';
    const entries = await enter(start, listed.layers);
    if ('kind' in entries) return entries;
    found.push({ path, entries });
  }
  const layers = await readIgnoreFiles(objects, found, selection, limits);
  if ('kind' in layers) return layers;
  const expanded: Layer<Found>[] = [];
  for (const layer of layers) {
    const entries = await expand(layer);
    if ('kind' in entries) return entries;
    expanded.push({ ...layer, entries });
  }
  const selected = selectFiles(expanded, selection);
  if (selected.kind !== 'ok') return selected;
  const { files, others } = selected;
  const read = await readFiles(objects, [...files, ...others], selection, limits);
  if (read.kind !== 'ok') return read;
  const empty = files.length === 0 ? nothingLeft(expanded) : undefined;
  if (empty !== undefined) return empty;
  return { kind: 'ok', files: read.files.slice(0, files.length), others: read.files.slice(files.length) };
}

async function readIgnoreFiles(
  objects: Objects,
  layers: readonly { readonly path: string; readonly entries: readonly Found[] }[],
  selection: Selection,
  limits: FolderLimits,
): Promise<readonly Layer<Found>[] | RejectedFolder> {
  const name = Buffer.from(ignoreFileName);
  const files = layers.map(({ entries }) =>
    selection.ignoreFiles
      ? entries.find(({ path, kind }) => /^(?:file|executable)$/.test(kind) && name.equals(path))
      : undefined,
  );
  const there = files.filter((file) => file !== undefined);
  const read = await readFiles(objects, there, selection, limits);
  if (read.kind !== 'ok') return read;
  return layers.map((layer, index) => {
    const file = files[index];
    return { ...layer, ignore: file === undefined ? undefined : read.files[there.indexOf(file)]?.bytes };
  });
}
