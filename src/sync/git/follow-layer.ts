// The submodules of the layers: one that a path leads into, and those that are found in a layer. What they hold takes the
// place of their names.
import type { FolderFile } from '../../content/folder-file.ts';
import { type Layer, leavesOut } from '../../content/select/select-files.ts';
import { type Selection, wholeFolder } from '../../content/select/selection.ts';
import type { FolderLimits } from './folder-words.ts';
import type { Found } from './list-folders.ts';
import type { FollowSubmodule, ReadFiles } from './read-folder.ts';
import type { Start } from './walk-down.ts';

type Unread = Exclude<ReadFiles, { kind: 'ok' }>;

export type Following = {
  /** What a layer holds; `listed`: of folders. */
  enter(start: Start, listed: ReadonlyMap<string, readonly Found[]>): Promise<readonly Found[] | Unread>;
  /** With the files of its submodules in place of them. */
  expand(layer: Layer<Found>): Promise<readonly Found[] | Unread>;
};

/** Without `follow` nothing is expanded. `limits` holds for all that is followed together. */
export function createFollowing(
  follow: FollowSubmodule | undefined,
  selection: Selection,
  limits: FolderLimits,
): Following {
  let { folderBytes, folderEntries } = limits;

  const read = async (
    path: string,
    commit: string,
    rest: string,
  ): Promise<readonly FolderFile[] | Unread> => {
    if (follow === undefined) return [];
    const inside = { ...wholeFolder(rest), setting: selection.setting };
    const answer = await follow({ path, commit, rest: inside, limits: { folderBytes, folderEntries } });
    if (answer.kind !== 'ok') return answer;
    folderBytes -= answer.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    folderEntries -= answer.files.length;
    return answer.files;
  };

  return {
    async enter(start, listed) {
      switch (start.kind) {
        case 'folder':
          return listed.get(start.oid) ?? [];
        case 'file':
          return [{ path: start.name, kind: start.file, content: { oid: start.oid } }];
        case 'submodule': {
          const files = await read(start.path, start.commit, start.rest);
          return 'kind' in files ? files : files.map((file) => alreadyRead(file));
        }
      }
    },
    async expand(layer) {
      if (follow === undefined) return layer.entries;
      const all: Found[] = [];
      for (const entry of layer.entries) {
        const { path, kind, content } = entry;
        const inLayer = path.toString('utf8');
        // `.gitmodules` could not name it, nor a Pod hold it.
        const isText = Buffer.from(inLayer).equals(path);
        const commit = kind === 'submodule' && 'oid' in content && isText ? content.oid : undefined;
        if (commit === undefined) all.push(entry);
        else if (!leavesOut(layer, selection, path)) {
          const files = await read(layer.path === '' ? inLayer : `${layer.path}/${inLayer}`, commit, '');
          if ('kind' in files) return files;
          all.push(...files.map((file) => alreadyRead(file, path)));
        }
      }
      return all;
    },
  };
}

const slash = Buffer.from('/');

function alreadyRead({ path, kind, bytes }: FolderFile, below?: Buffer): Found {
  return {
    path: below === undefined ? Buffer.from(path) : Buffer.concat([below, slash, path]),
    kind,
    content: { bytes },
  };
}
