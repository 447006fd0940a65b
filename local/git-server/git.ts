// Runs git without the developer's own configuration: nothing of /etc, of the home directory, of the caller's GIT_*.
import { spawn, spawnSync } from 'node:child_process';

export type Identity = { readonly name: string; readonly email: string };

const defaultIdentity: Identity = { name: 'Confroll Tests', email: 'tests@confroll.invalid' };

// As the big Git hosts have it: pushes, partial fetches and fetches of any reachable commit. No automatic repacking:
// it runs on in the background after the request. Archives have the modes of the commit, whatever the umask here.
const settings: readonly (readonly [string, string])[] = [
  ['safe.directory', '*'],
  ['http.receivepack', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowReachableSHA1InWant', 'true'],
  ['receive.autogc', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['core.quotePath', 'false'],
  ['tar.umask', '0022'],
];

/** The whole environment of a git process; nothing is inherited but PATH. */
export function gitEnvironment(identity: Identity = defaultIdentity): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Standard output of `git -C directory ...args`; rejects with git's own words when it fails. */
export async function runGit(
  directory: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<Buffer> {
  const child = spawn('git', ['-C', directory, ...args], { env: gitEnvironment() });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // A git that fails early closes its input; its exit code says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = Promise.withResolvers<number | null>();
  child.once('error', ended.reject);
  child.once('close', ended.resolve);
  const code = await ended.promise;
  if (code !== 0) throw new Error(`git ${args[0]} failed: ${Buffer.concat(errors).toString('utf8').trim()}`);
  return Buffer.concat(output);
}

/** Makes a bare repository whose first branch is main; leaves one that exists as it is. */
export function initBareRepository(directory: string): void {
  const made = spawnSync(
    'git',
    ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', directory],
    {
      env: gitEnvironment(),
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) {
    throw new Error(`git init ${directory} failed: ${made.error?.message ?? made.stderr.trim()}`);
  }
}
