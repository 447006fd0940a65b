// The files of this repository as text, for tests that look at how it is written.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths relative to the root that match a glob, sorted. */
export function filesOf(...patterns: readonly string[]): string[] {
  return globSync([...patterns], { cwd: root, exclude: ['**/node_modules/**', 'dist/**'] }).toSorted();
}

/** Text of one file. Rejects paths that do not exist. */
export function textOf(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}
