// The bytes of files whose names are known: those that are not at hand in as few requests as possible.
import type { FolderFile } from '../../content/folder-file.ts';
import type { Selection } from '../../content/select/selection.ts';
import { type FolderLimits, type RejectedFolder, tooLargeToName, tooMuch } from './folder-words.ts';
import type { Found } from './list-folders.ts';
import { contentOf } from './object-content.ts';
import type { Objects } from './partial/objects.ts';

/** In the order in which they came. */
export async function readFiles(
  objects: Objects,
  found: readonly Found[],
  selection: Selection,
  limits: FolderLimits,
): Promise<{ readonly kind: 'ok'; readonly files: readonly FolderFile[] } | RejectedFolder> {
  const files: FolderFile[] = [];
  let bytes = 0;
  for (let at = 0; at < found.length; at += filesAtATime) {
    const some = found.slice(at, at + filesAtATime);
    const oids = some.flatMap(({ kind, content }) =>
      kind === 'submodule' || 'bytes' in content ? [] : [content.oid],
    );
    if ((await objects.need('files', [...new Set(oids)])) === 'tooLarge') {
      return tooLargeToName(selection, limits);
    }
    for (const { path, kind, content } of some) {
      const read = kind === 'submodule' ? nothing : bytesOf(objects, content);
      bytes += read.length;
      if (bytes > limits.folderBytes) return tooMuch(selection, limits, path, read.length);
      files.push({ path, kind, bytes: read });
    }
  }
  return { kind: 'ok', files };
}

// So many files are asked for in one request: 50 KB of ids. Between two of them it is seen whether it is too much.
const filesAtATime = 1_000;

const nothing = Buffer.alloc(0);

function bytesOf(objects: Objects, content: Found['content']): Uint8Array {
  return 'bytes' in content ? content.bytes : contentOf(objects, content.oid, 'blob');
}
