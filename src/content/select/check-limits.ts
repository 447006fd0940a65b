// Whether a folder is as small as its GitConfig says that it is.
import { type ContentLimits, maxContentLimits } from '../../api/content-limits.ts';
import type { FolderFile, Rejected } from '../folder-file.ts';
import { showBytes, showPath } from '../words.ts';

/** Undefined when it is. */
export function checkLimits(files: readonly FolderFile[], limits: ContentLimits): Rejected | undefined {
  if (files.length > limits.files) {
    return tooLarge(
      `${files.length} files are selected, and there may be ${limits.files}`,
      'files',
      limits.files,
    );
  }
  const large = files.filter(({ bytes }) => bytes.length > limits.bytesPerFile);
  if (large.length > 0) {
    const most = `${large.length === 1 ? 'a file has' : `${large.length} files have`} more than ${showBytes(limits.bytesPerFile)}`;
    return tooLarge(`${most}: ${largest(large)}`, 'bytesPerFile', limits.bytesPerFile);
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total <= limits.totalBytes) return undefined;
  const what = `the files are ${showBytes(total)} together, and may be ${showBytes(limits.totalBytes)}`;
  return tooLarge(`${what}; largest: ${largest(files)}`, 'totalBytes', limits.totalBytes);
}

/** `count`: of the files that a Pod has to name one by one. */
export function checkItemCount(count: number, most: number): Rejected | undefined {
  if (count <= most) return undefined;
  const what = `${count} files are in subfolders, executable, of names that no ConfigMap key allows, or stored beside such files; every Pod names each of them, and there may be ${most}`;
  return tooLarge(what, 'filesWithItems', most);
}

function largest(files: readonly FolderFile[]): string {
  return files
    .toSorted((one, other) => other.bytes.length - one.bytes.length)
    .slice(0, 3)
    .map((file) => `${showPath(file.path)} ${showBytes(file.bytes.length)}`)
    .join(', ');
}

function tooLarge(what: string, field: keyof ContentLimits, now: number): Rejected {
  const most = maxContentLimits[field];
  const raise =
    now < most
      ? `; or raise spec.limits.${field}, to at most ${most}`
      : '; spec.limits is at its highest already';
  const advice =
    'Leave out what is no config with spec.exclude or .confrollignore, or split it into several GitConfigs';
  return { kind: 'rejected', reason: 'TooLarge', message: `${what}. ${advice}${raise}` };
}
