// A directory of credentials as it is now, one file a key: mounted Secrets, and what Vault's agent, the CSI driver for
// secrets or External Secrets write.
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../lib/error-code.ts';
import { materialKeys } from '../material.ts';
import { readBounded } from './read-bounded.ts';

export type MountedFiles =
  | { readonly kind: 'ok'; readonly values: ReadonlyMap<string, Buffer> }
  /** `problem` names no value. */
  | { readonly kind: 'unreadable'; readonly problem: string };

// The largest is a bundle of authorities; those of the whole Web are 220 KB.
const maxBytes = 512 * 1024;
// A mount is replaced once an hour at most; that it happens three times while we look does not happen.
const attempts = 3;

export async function readMounted(directory: string): Promise<MountedFiles> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      if (!(await stat(directory)).isDirectory()) return unreadable('it is no directory');
      // Kubernetes replaces the files of a mount together, by turning this link: read over its turn, a name and a
      // password would come from two rotations.
      const data = join(directory, '..data');
      const before = await linkTarget(data);
      const values = await readFiles(before ?? directory);
      if ((await linkTarget(data)) === before) return values;
    } catch (error) {
      return unreadable(errorCode(error));
    }
  }
  return unreadable('it was replaced again and again while it was read');
}

async function linkTarget(path: string): Promise<string | undefined> {
  return realpath(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function readFiles(directory: string): Promise<MountedFiles> {
  const values = new Map<string, Buffer>();
  for (const key of materialKeys) {
    const file = await readBounded(join(directory, key), maxBytes);
    if (file.kind === 'unreadable') return unreadable(`${key} ${file.problem}`);
    if (file.kind === 'ok') values.set(key, file.bytes);
  }
  return values.size === 0 ? unreadable('it holds none of the files that are known') : { kind: 'ok', values };
}

function unreadable(problem: string): MountedFiles {
  return { kind: 'unreadable', problem };
}
