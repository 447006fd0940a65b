// Writes one commit through `git fast-import`: one process whatever the number of files, and no work tree.
import { type Identity, runGit } from './git.ts';

export type FileChange =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: true }
  | { readonly symlink: string }
  | null;

export type FastImportOptions = {
  readonly message?: string;
  readonly author?: Identity;
  readonly force?: boolean;
};

/** Resolves to the new commit's id; rejects when somebody moved the ref meanwhile, unless `force` is set. */
export async function fastImport(
  directory: string,
  ref: string,
  head: string | undefined,
  files: Readonly<Record<string, FileChange>>,
  options: FastImportOptions,
): Promise<string> {
  const author = options.author ?? { name: 'Confroll Tests', email: 'tests@confroll.invalid' };
  const parts: (string | Uint8Array)[] = [
    `commit ${ref}\nmark :1\n`,
    // The same time in author and committer; whole seconds are all that git keeps.
    `committer ${author.name} <${author.email}> ${Math.floor(Date.now() / 1000)} +0000\n`,
    ...data(options.message ?? 'Change config'),
    ...(await parents(directory, head, options.force ?? false)),
    ...Object.entries(files).flatMap(([path, change]) => fileCommand(path, change)),
    '\nget-mark :1\ndone\n',
  ];
  const stream = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const flags = ['--quiet', '--done', '--date-format=raw', ...(options.force ? ['--force'] : [])];
  return (await runGit(directory, ['fast-import', ...flags], stream)).toString('utf8').trim();
}

async function parents(directory: string, head: string | undefined, force: boolean): Promise<string[]> {
  if (head === undefined) return [];
  if (!force) return [`from ${head}\n`];
  const shown = await runGit(directory, ['show', '--no-patch', '--format=%T %P', head]);
  const [tree = '', ...older] = shown.toString('utf8').trim().split(' ');
  const [first, ...merged] = older.filter((id) => id !== '');
  return [
    ...(first === undefined ? [] : [`from ${first}\n`]),
    ...merged.map((id) => `merge ${id}\n`),
    `deleteall\nM 040000 ${tree} ""\n`,
  ];
}

function fileCommand(path: string, change: FileChange): (string | Uint8Array)[] {
  const name = quote(path);
  if (change === null) return [`D ${name}\n`];
  if (typeof change === 'string' || change instanceof Uint8Array) {
    return [`M 100644 inline ${name}\n`, ...data(change)];
  }
  if ('symlink' in change) return [`M 120000 inline ${name}\n`, ...data(change.symlink)];
  return [`M 100755 inline ${name}\n`, ...data(change.content)];
}

function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
