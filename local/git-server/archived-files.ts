// The answer of `git archive` as a map.
import { readTar } from '../image/tar-reader.ts';

export type ArchivedFile = {
  /** For a symbolic link: its target. */
  readonly content: Buffer;
  /** Permission bits, such as 0o644; a symbolic link has 0o120000. */
  readonly mode: number;
};

/** Files and symbolic links by path; folders are left out. Throws when the archive is cut off. */
export function archivedFiles(archive: Buffer): Map<string, ArchivedFile> {
  const files = new Map<string, ArchivedFile>();
  for (const entry of readTar(archive)) {
    if (entry.type === 'file') {
      files.set(entry.path, { content: Buffer.from(entry.content), mode: entry.mode });
    }
    if (entry.type === 'symlink') {
      files.set(entry.path, { content: Buffer.from(entry.target), mode: 0o120000 });
    }
  }
  return files;
}
