// The names of all that the layers hold, one level after the other, so that folders which are not at hand are asked for
// together.
import type { FolderFile } from '../../content/folder-file.ts';
import type { Selection } from '../../content/select/selection.ts';
import { type FolderLimits, type RejectedFolder, tooDeep, tooLargeToCount, tooMany } from './folder-words.ts';
import { entriesOf } from './object-content.ts';
import type { Objects } from './partial/objects.ts';

export type Found = {
  /** Below the layer. */
  readonly path: Buffer;
  readonly kind: FolderFile['kind'];
  /** The object that holds it, or for a submodule its commit; or the bytes themselves. */
  readonly content: { readonly oid: string } | { readonly bytes: Uint8Array };
};

/** For each folder what is below it. `limits` holds for all of them together. */
export async function listFolders(
  objects: Objects,
  folders: readonly string[],
  selection: Selection,
  limits: FolderLimits,
): Promise<{ readonly kind: 'ok'; readonly layers: ReadonlyMap<string, readonly Found[]> } | RejectedFolder> {
  const layers = new Map<string, Found[]>(folders.map((folder) => [folder, []]));
  let count = 0;
  let level = [...layers].map(([oid, found]) => ({ oid, found, path: Buffer.alloc(0) }));
  while (level.length > 0) {
    const asked = await objects.need('folders', [...new Set(level.map(({ oid }) => oid))]);
    if (asked === 'tooLarge') return tooLargeToCount(selection, limits);
    const below: typeof level = [];
    for (const { oid, found, path } of level) {
      for (const { kind, name, oid: entry } of entriesOf(objects, oid)) {
        count += 1;
        if (count > limits.folderEntries) return tooMany(selection, limits);
        const at = path.length === 0 ? Buffer.from(name) : Buffer.concat([path, slash, name]);
        if (kind !== 'folder') found.push({ kind, path: at, content: { oid: entry } });
        else if (at.length > maxFolderBytes) return tooDeep(at);
        else below.push({ oid: entry, found, path: at });
      }
    }
    level = below;
  }
  return { kind: 'ok', layers };
}

// What is in it could not be in a Pod, and thousands of folders in each other would take long to go through.
const maxFolderBytes = 4096;

const slash = Buffer.from('/');
