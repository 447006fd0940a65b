// A bare repository as tests and the demo use it: commits without a work tree, archives as maps, refs moved by hand.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ArchivedFile, archivedFiles } from './archived-files.ts';
import { type FileChange, fastImport } from './fast-import.ts';
import { type Identity, initBareRepository, runGit } from './git.ts';

export type CommitOptions = {
  /** Default `main`; begins without history when it does not exist. */
  readonly branch?: string;
  readonly message?: string;
  readonly author?: Identity;
  /** Replaces the branch's last commit, as `commit --amend` and `push --force` do. */
  readonly force?: boolean;
};

export type Repository = {
  readonly name: string;
  readonly url: string;
  readonly directory: string;
  /** Commits on top of the branch; `null` deletes a file or a folder. Resolves to the commit id. */
  commit(files: Readonly<Record<string, FileChange>>, options?: CommitOptions): Promise<string>;
  /** What `git archive` gives for a folder of a commit, paths relative to it; empty path: the whole tree. */
  archive(commit: string, path: string): Promise<Map<string, ArchivedFile>>;
  /** Commit id of a branch; undefined when there is no such branch. */
  head(branch?: string): Promise<string | undefined>;
  /** Points a branch, or any full ref name, at a commit, forwards or back; undefined removes it. */
  setRef(name: string, commit: string | undefined): Promise<void>;
  /** Any git command in this repository, for what the above does not offer. */
  git(...args: string[]): Promise<Buffer>;
};

/** Opens `<root>/<name>.git` (a name may end so itself), made on first use. The server need not run in this process. */
export function openRepository(root: string, name: string, serverUrl: string): Repository {
  if (!/^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/.test(name)) {
    throw new Error(`"${name}" is no repository name: letters, digits, "-", "_", "." and single "/"`);
  }
  const path = name.endsWith('.git') ? name : `${name}.git`;
  const directory = join(root, path);
  if (!existsSync(join(directory, 'HEAD'))) initBareRepository(directory);
  // One commit after the other: each starts from the branch as the one before it left it.
  let last: Promise<unknown> = Promise.resolve();

  const head = async (branch = 'main'): Promise<string | undefined> => {
    const ref = fullRef(branch);
    const out = await runGit(directory, ['for-each-ref', '--format=%(refname) %(objectname)', ref]);
    const line = out
      .toString('utf8')
      .split('\n')
      .find((each) => each.startsWith(`${ref} `));
    return line?.slice(ref.length + 1);
  };

  return {
    name,
    directory,
    url: `${serverUrl}/${path}`,
    head,
    commit(files, options = {}) {
      const ref = fullRef(options.branch ?? 'main');
      const next = last.then(async () => fastImport(directory, ref, await head(ref), files, options));
      last = next.catch(() => {});
      return next;
    },
    archive: async (commit, path) =>
      archivedFiles(await runGit(directory, ['archive', '--format=tar', `${commit}:${path}`])),
    async setRef(ref, commit) {
      const args = commit === undefined ? ['-d', fullRef(ref)] : [fullRef(ref), commit];
      await runGit(directory, ['update-ref', ...args]);
    },
    git: (...args) => runGit(directory, args),
  };
}

function fullRef(name: string): string {
  return name.startsWith('refs/') ? name : `refs/heads/${name}`;
}
