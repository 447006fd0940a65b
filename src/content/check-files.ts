// Names and kinds of files: what cannot appear in a Pod as it stands in Git is refused, with its path and what to do.
import type { ContentError } from './content-error.ts';
import { comparePaths } from './content-hash.ts';
import type { FolderFile } from './folder-file.ts';

export type CheckedFile = {
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
};

// Linux takes no longer names, and the kubelet's writer refuses longer paths, only when the Pod already waits.
const maxElementBytes = 255;
const maxPathBytes = 4096;

export type CheckedFiles = {
  /** Those that can, with decoded paths, in byte order of them. */
  readonly files: readonly CheckedFile[];
  /** At most one of each file. */
  readonly errors: readonly ContentError[];
};

/** Never throws. */
export function checkFiles(files: readonly FolderFile[]): CheckedFiles {
  const checked: CheckedFile[] = [];
  const errors: ContentError[] = [];
  for (const file of files) {
    const path = decode(file.path);
    const problem = path === undefined ? 'its name is not valid UTF-8; rename it' : firstProblem(file, path);
    if (path !== undefined && problem === undefined) {
      checked.push({ path, executable: file.kind === 'executable', bytes: file.bytes });
    } else {
      errors.push(unsupported(path ?? new TextDecoder().decode(file.path), problem ?? ''));
    }
  }
  for (const path of conflictingPaths(checked)) {
    errors.push(unsupported(path, 'it is there twice, or as file and folder at once; remove one of them'));
  }
  return { files: checked.toSorted((one, other) => comparePaths(one.path, other.path)), errors };
}

export function unsupported(path: string, problem: string): ContentError {
  return { path, message: `cannot become a file of a Pod: ${problem}` };
}

function firstProblem(file: FolderFile, path: string): string | undefined {
  if (file.kind === 'symlink') {
    return 'it is a symbolic link; put the file itself there, or remove the link';
  }
  if (file.kind === 'submodule') {
    return 'it is a submodule; put the files themselves there, or remove it';
  }
  const elements = path.split('/');
  if (elements.some((element) => element === '' || element === '.' || element === '..')) {
    return "a part of its path is empty, '.' or '..'; rename it";
  }
  if (path.startsWith('..'))
    return "its path starts with '..', which kubelets keep for themselves; rename it";
  if (elements.some((element) => Buffer.byteLength(element) > maxElementBytes)) {
    return `a part of its path is longer than ${maxElementBytes} bytes, more than a file system takes; shorten it`;
  }
  if (file.path.length > maxPathBytes) {
    return `its path is longer than ${maxPathBytes} bytes, more than a kubelet writes; shorten it`;
  }
  return undefined;
}

function conflictingPaths(files: readonly CheckedFile[]): ReadonlySet<string> {
  const paths = new Set<string>();
  const conflicting = new Set<string>();
  for (const { path } of files) {
    if (paths.has(path)) conflicting.add(path);
    paths.add(path);
  }
  for (const path of paths) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (paths.has(path.slice(0, at))) conflicting.add(path.slice(0, at));
    }
  }
  return conflicting;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
