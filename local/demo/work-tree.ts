// A clone of the sample repository, as a member of the team has one: edit, commit, push.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type WorkTree = {
  readonly directory: string;
  /** Replaces text in one file, commits and pushes; gives the commit's id. */
  push(change: { file: string; from: RegExp; to: string; message: string }): Promise<string>;
};

export type WorkTreeOptions = {
  readonly directory: string;
  /** Reachable from here, without the credential. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly caCertificate: string;
};

export async function cloneWorkTree(options: WorkTreeOptions): Promise<WorkTree> {
  const { directory } = options;
  const parent = join(directory, '..');
  await mkdir(parent, { recursive: true });
  const caFile = join(parent, 'git-ca.crt');
  const credentialFile = join(parent, 'git-credential');
  await writeFile(caFile, options.caCertificate);
  const { protocol, host } = new URL(options.url);
  const credential = `${protocol}//${options.username}:${encodeURIComponent(options.password)}@${host}\n`;
  await writeFile(credentialFile, credential, { mode: 0o600 });
  const settings = {
    'http.sslCAInfo': caFile,
    'credential.helper': `store --file=${credentialFile}`,
    'user.name': 'Ann Operator',
    'user.email': 'ann@example.com',
    'http.proxy': '',
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  await git(parent, ['clone', '--quiet', ...flags, options.url, directory]);
  return {
    directory,
    async push({ file, from, to, message }) {
      const path = join(directory, file);
      await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
      await git(directory, ['commit', '--quiet', '--all', '--message', message]);
      await git(directory, ['push', '--quiet']);
      return (await git(directory, ['rev-parse', 'HEAD'])).trim();
    },
  };
}

async function git(cwd: string, args: readonly string[]): Promise<string> {
  // Nothing of the developer's own configuration may change what happens here.
  const environment = {
    PATH: env.PATH,
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
  const { stdout } = await run('git', [...args], { cwd, env: environment, timeout: 60_000 });
  return stdout;
}
