// The layers that our images are put together from.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { TarEntry } from './tar-entry.ts';

/** Accounts, the name service and `/tmp`, which the packages leave to their installation. */
export function accountsLayer(): TarEntry[] {
  const passwd = [
    'root:x:0:0:root:/root:/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
    'nonroot:x:65532:65532:nonroot:/nonexistent:/sbin/nologin',
  ];
  return [
    textFile('etc/passwd', `${passwd.join('\n')}\n`),
    textFile('etc/group', 'root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n'),
    textFile('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    { type: 'folder', path: 'tmp', mode: 0o1777 },
  ];
}

/** One bundle of all authorities that the package ca-certificates ships; its installation would have made it. */
export function authoritiesBundle(files: readonly TarEntry[]): TarEntry {
  const certificates = files
    .filter(({ path }) => path.startsWith('usr/share/ca-certificates/') && path.endsWith('.crt'))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((entry) =>
      entry.type === 'file' ? [Buffer.from(entry.content).toString('utf8').trimEnd()] : [],
    );
  if (certificates.length === 0) throw new Error('the packages hold no certificate authorities');
  return textFile('etc/ssl/certs/ca-certificates.crt', `${certificates.join('\n')}\n`);
}

/** The libraries among them, for programs that come from elsewhere. */
export function onlyLibraries(files: readonly TarEntry[]): TarEntry[] {
  return files.filter(
    ({ path, type }) =>
      type !== 'folder' && /^(lib|lib64|usr\/lib)\/(.*\/)?(lib|ld-linux)[^/]*\.so[^/]*$/.test(path),
  );
}

/** The Node binary of the npm package `node`, which development uses too. */
export async function nodeLayer(repository: string): Promise<TarEntry[]> {
  const content = await readFile(join(repository, 'node_modules', 'node', 'bin', 'node'));
  return [{ type: 'file', path: 'usr/bin/node', content, mode: 0o755 }];
}

/** Every file below a folder, at `target`. Nothing is executable. */
export async function folderLayer(folder: string, target: string): Promise<TarEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({
      type: 'file' as const,
      path: `${target}/${relative(folder, file)}`,
      content: await readFile(file),
      mode: 0o644,
    })),
  );
}

function textFile(path: string, content: string): TarEntry {
  return { type: 'file', path, content: Buffer.from(content), mode: 0o644 };
}
