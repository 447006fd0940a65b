// Down the paths of all layers, step by step and side by side: what is not at hand is asked for together.
import type { Selection } from '../../content/select/selection.ts';
import type { FolderLimits } from './folder-words.ts';
import { missingFolder, type RejectedFolder, tooLargeToCount } from './folder-words.ts';
import { entriesOf } from './object-content.ts';
import type { Objects } from './partial/objects.ts';

/** Where the path of a layer leads. */
export type Start =
  | { readonly kind: 'folder'; readonly oid: string }
  | {
      readonly kind: 'file';
      readonly name: Buffer;
      readonly file: 'file' | 'executable';
      readonly oid: string;
    }
  | {
      readonly kind: 'submodule';
      readonly path: string;
      readonly commit: string;
      /** Within the submodule. */
      readonly rest: string;
    };

/** One for each path. A submodule ends the walk where they are followed, and is refused where they are not. */
export async function walkDown(
  objects: Objects,
  root: string,
  selection: Selection,
  limits: FolderLimits,
  follows: boolean,
): Promise<{ readonly kind: 'ok'; readonly starts: readonly Start[] } | RejectedFolder> {
  const walks = selection.paths.map((path) => ({
    path,
    elements: path === '' ? [] : path.split('/'),
    at: startAt(root),
  }));
  const depth = Math.max(...walks.map(({ elements }) => elements.length));
  for (let step = 0; step < depth; step += 1) {
    const going = walks.flatMap((walk) =>
      walk.at.kind === 'folder' && step < walk.elements.length ? [{ walk, tree: walk.at.oid }] : [],
    );
    const trees = [...new Set(going.map(({ tree }) => tree))];
    if ((await objects.need('folder', trees)) === 'tooLarge') return tooLargeToCount(selection, limits);
    for (const { walk, tree } of going) {
      const { path, elements } = walk;
      const name = Buffer.from(elements[step] ?? '', 'utf8');
      const rest = elements.slice(step + 1).join('/');
      const walked = elements.slice(0, step + 1).join('/');
      const entry = entriesOf(objects, tree).find((each) => name.equals(each.name));
      if (entry?.kind === 'folder') walk.at = startAt(entry.oid);
      else if (entry?.kind === 'submodule' && follows) {
        walk.at = { kind: 'submodule', path: walked, commit: entry.oid, rest };
      } else if (rest === '' && (entry?.kind === 'file' || entry?.kind === 'executable')) {
        walk.at = { kind: 'file', name, file: entry.kind, oid: entry.oid };
      } else return missingFolder(selection, path, walked, entry?.kind);
    }
  }
  return { kind: 'ok', starts: walks.map(({ at }) => at) };
}

function startAt(oid: string): Start {
  return { kind: 'folder', oid };
}
