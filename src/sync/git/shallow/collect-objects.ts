// Of a whole commit what a folder's reader asks for: found out by reading the folder, with the same limits.
import type { Selection } from '../../../content/select/selection.ts';
import type { FolderLimits } from '../folder-words.ts';
import type { PackedObject } from '../pack/unpack.ts';
import { parseCommit } from '../partial/commit.ts';
import { gitModulesName } from '../partial/git-modules.ts';
import type { StoredObject } from '../partial/object-store.ts';
import { MissingObject, type Objects } from '../partial/objects.ts';
import { readFolder } from '../read-folder.ts';
import { parseTree } from '../tree.ts';
import type { LibraryRepository } from './library-repository.ts';

/** Empty when the commit is missing. Where something else is, its reader will notice. */
export async function collectObjects(
  repository: LibraryRepository,
  commit: string,
  selection: Selection,
  limits: FolderLimits,
): Promise<PackedObject[]> {
  const found = new Map<string, StoredObject>();
  const objects: Objects = {
    get: (oid) => found.get(oid),
    async need(wanted, oids) {
      for (const oid of oids) {
        const object = found.get(oid) ?? (await repository.read(oid));
        if (object === undefined) throw new MissingObject(wanted);
        found.set(oid, object);
      }
      return 'ok';
    },
  };
  try {
    await objects.need('commit', [commit]);
    const root = objects.get(commit);
    if (root?.type === 'commit') await walk(objects, parseCommit(root.bytes).tree, selection, limits);
  } catch (error) {
    if (!(error instanceof MissingObject)) throw error;
  }
  return [...found].map(([oid, object]) => ({ oid, ...object }));
}

async function walk(
  objects: Objects,
  root: string,
  selection: Selection,
  limits: FolderLimits,
): Promise<void> {
  await objects.need('folder', [root]);
  // Who follows submodules looks there for their addresses.
  const list = parseTree(objects.get(root)?.bytes ?? Buffer.alloc(0)).find(
    ({ kind, name }) => kind === 'file' && gitModulesName.equals(name),
  );
  if (list !== undefined) await objects.need('files', [list.oid]);
  // Submodules that hold nothing replace nothing: whatever they turn out to hold, no more is asked for than this.
  await readFolder(objects, root, selection, limits, async () => ({ kind: 'ok', files: [], others: [] }));
}
