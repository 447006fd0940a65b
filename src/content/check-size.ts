// Sizes that no layout helps with: a file that no ConfigMap holds, and a list of files that no Pod carries.
import type { ContentLimits } from '../api/content-limits.ts';
import { needsItem, type SnapshotFile } from '../api/snapshot-files.ts';
import type { CheckedFile } from './check-files.ts';
import type { Rejected } from './folder-file.ts';
import { objectLimits } from './object-size.ts';
import { checkItemCount } from './select/check-limits.ts';
import { showBytes, showPath } from './words.ts';

// Every Pod carries the list of the files that need an item, and is stored in etcd with it, in at most 1.5 MiB. A Pod may
// have several configs, and its own things.
const maxItemBytes = 512 * 1024;

/** Undefined when each of them can be a value of a ConfigMap. */
export function checkFileSizes(files: readonly CheckedFile[]): Rejected | undefined {
  const large = files.filter(({ bytes }) => bytes.length > objectLimits.valueBytes);
  if (large.length === 0) return undefined;
  const named = largest(large);
  return tooLarge(
    `a file lives in one ConfigMap, which holds at most ${showBytes(objectLimits.valueBytes)}: ${named}. Split such a file, commit it compressed if its reader can unpack it, or bring it with the image or a volume`,
  );
}

/**
 * Undefined when a Pod can name all of them. `objects`: the files that each object holds. Without `limits`, what was
 * accepted before is made again: Pods run on it, so it was not too large for them, whatever is asked of new commits.
 */
export function checkItems(
  objects: readonly (readonly SnapshotFile[])[],
  limits: Pick<ContentLimits, 'filesWithItems'> | undefined,
): Rejected | undefined {
  if (limits === undefined) return undefined;
  const listed = objects.filter((files) => files.some(needsItem)).flat();
  const tooMany = checkItemCount(listed.length, limits.filesWithItems);
  if (tooMany !== undefined) return tooMany;
  const bytes = listed.reduce((sum, file) => sum + itemBytes(file), 0);
  if (bytes <= maxItemBytes) return undefined;
  return tooLarge(
    `${listed.length} files are in subfolders, executable, of names that no ConfigMap key allows, or stored beside such files; every Pod names them all, which is ${showBytes(bytes)}, and may be ${showBytes(maxItemBytes)}. Take files that are no config out of the folder, or split it into several folders with a GitConfig each`,
  );
}

export function tooManyVariables(count: number): Rejected {
  return tooLarge(
    `the names of its ${count} variables are listed in one object, and an object's annotations hold at most ${showBytes(objectLimits.annotationBytes)}. Take fewer or shorter names (spec.env: keys, prefix)`,
  );
}

function itemBytes({ key, path, executable }: SnapshotFile): number {
  const item = { key, path, ...(executable ? { mode: 0o755 } : {}) };
  return Buffer.byteLength(JSON.stringify(item)) + 1;
}

function largest(files: readonly CheckedFile[]): string {
  const shown = files
    .toSorted((one, other) => other.bytes.length - one.bytes.length)
    .slice(0, 3)
    .map((file) => `${showPath(file.path)} is ${showBytes(file.bytes.length)}`);
  const more = files.length - shown.length;
  return more > 0 ? `${shown.join(', ')}, and ${more} more` : shown.join(', ');
}

function tooLarge(message: string): Rejected {
  return { kind: 'rejected', reason: 'TooLarge', message };
}
