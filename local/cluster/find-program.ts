// Where a program of the host is. Tools of the system may stand in folders that a user's PATH leaves out.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The folders in which programs are looked for, in order. */
export function searchPath(): string {
  const own = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...own, ...systemFolders])].join(delimiter);
}

/** Undefined when it is nowhere. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
