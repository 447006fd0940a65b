// Files of a folder -> the objects that hold them: the base first, then as many shards as it takes. In order of the paths,
// so that each object holds a range of them and the same files are always laid out alike.
import type { ContentHash } from '../api/identifiers.ts';
import { snapshotMetadata } from '../api/snapshot.ts';
import type { SnapshotFile } from '../api/snapshot-files.ts';
import { partMetadata } from '../api/snapshot-parts.ts';
import { contentFormat } from './content-hash.ts';
import { type FileValues, fileValue, fileValues } from './file-values.ts';
import { emptySize, fits, type ObjectSize, type SizedFile, withFile } from './object-size.ts';

/** What one object holds, with the list that it keeps of it. */
export type ContentObject = FileValues & { readonly files: readonly SnapshotFile[] };
export type ContentObjects = readonly [base: ContentObject, ...shards: ContentObject[]];

type Filled = { readonly files: SizedFile[]; size: ObjectSize };

/**
 * `files` in byte order of their paths, each of at most 1 MiB. What fits into one object is one object. Undefined when the
 * base cannot even hold the names of the variables.
 */
export function shareOut(content: {
  readonly hash: ContentHash;
  readonly mountPath: string;
  readonly environment: readonly string[] | undefined;
  readonly files: readonly (SnapshotFile & { readonly bytes: Uint8Array })[];
}): ContentObjects | undefined {
  const base = emptySize(baseMetadata(content));
  const shard = emptySize(shardMetadata(content.hash));
  if (!fits(base)) return undefined;
  const first: Filled = { files: [], size: base };
  const shards: Filled[] = [];
  let last = first;
  for (const file of content.files) {
    const sized = { ...file, value: fileValue(file.bytes) };
    const size = withFile(last.size, sized);
    if (fits(size)) {
      last.size = size;
      last.files.push(sized);
      continue;
    }
    // Alone it always fits: 1 MiB of a value is at most 2 MiB of a request, and no path is longer than 4 KiB.
    last = { files: [sized], size: withFile(shard, sized) };
    shards.push(last);
  }
  return [objectOf(first), ...shards.map(objectOf)];
}

function objectOf({ files }: Filled): ContentObject {
  return {
    files: files.map(({ key, path, executable }) => ({ key, path, executable })),
    ...fileValues(files),
  };
}

// What a commit says of itself has its place in what is reserved: it must not change the layout.
function baseMetadata({ hash, mountPath, environment }: Omit<Parameters<typeof shareOut>[0], 'files'>) {
  const provenance = { config: '', revision: '', author: '', subject: '' };
  return snapshotMetadata({
    ...provenance,
    hash,
    mountPath,
    environment,
    format: contentFormat,
    files: [],
    shards: 0,
  });
}

function shardMetadata(hash: ContentHash) {
  return partMetadata({ kind: 'shard', config: '', hash, format: contentFormat, index: 1, files: [] });
}
