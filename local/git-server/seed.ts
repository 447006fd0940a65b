// Fills a repository from a folder, and only one that is empty: what people pushed to it stays.
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { FileChange } from './fast-import.ts';
import type { Repository } from './repository.ts';

/** The sample config repository of the demo. */
const sampleDirectory = join(import.meta.dirname, '..', 'sample');

/** Resolves to the head of main: a first commit of the whole folder, or what was there already. */
export async function seed(repository: Repository, directory: string = sampleDirectory): Promise<string> {
  const head = await repository.head();
  return head ?? repository.commit(await readFolder(directory), { message: 'Add the config of the shop' });
}

async function readFolder(directory: string): Promise<Record<string, FileChange>> {
  const files: Record<string, FileChange> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(directory, file);
    if (entry.isSymbolicLink()) files[path] = { symlink: await readlink(file) };
    if (!entry.isFile()) continue;
    const content = await readFile(file);
    const executable = ((await stat(file)).mode & 0o100) !== 0;
    files[path] = executable ? { content, executable } : content;
  }
  return files;
}
