// A real OpenSSH server for Git on a port of the loopback address, as the user who runs it, with keys of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../cluster/find-program.ts';
import { freePort } from '../cluster/free-port.ts';
import { withParent } from '../cluster/with-parent.ts';
import { needProgram } from '../image/need-program.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { gitEnvironment } from './git.ts';
import { openRepository, type Repository } from './repository.ts';
import { makeSshKey, type SshKey } from './ssh-keys.ts';
import { kill, killDescendants } from './ssh-processes.ts';

export type SshGitServerOptions = {
  /** Folder of the repositories, kept at the end; default: a temporary one, removed at the end. */
  readonly root?: string;
  /** Default: one of ed25519. */
  readonly hostKeys?: readonly SshKey[];
  /** Public keys that may log in. */
  readonly authorizedKeys?: readonly string[];
  /** Whether a client may ask for protocol version 2; default true. */
  readonly version2?: boolean;
};

export type SshGitServer = {
  readonly port: number;
  /** Who logs in. */
  readonly user: string;
  readonly root: string;
  /** Without a slash at the end. */
  readonly url: string;
  repository(name: string): Repository;
  /** Its lines of known_hosts. */
  knownHosts(): string;
  /** Takes effect with the next login. */
  setAuthorizedKeys(publicKeys: readonly string[]): void;
  /** Starts it anew with these on the same port; open connections end. */
  restart(changes: Pick<SshGitServerOptions, 'hostKeys' | 'version2'>): Promise<void>;
  /** Ends open connections, and nothing else. */
  disconnect(): Promise<void>;
  /** Logins that it let in. */
  logins(): number;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
};

/** Why there can be no SSH server here; undefined when there can. As root, Debian's package is installed first. */
export async function missingSshServer(signal: AbortSignal): Promise<string | undefined> {
  try {
    await needProgram('sshd', 'openssh-server', { say: () => {}, signal });
    await needProgram('ssh-keygen', 'openssh-client', { say: () => {}, signal });
    return undefined;
  } catch (error) {
    return `needs an SSH server: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export async function startSshGitServer(options: SshGitServerOptions = {}): Promise<SshGitServer> {
  const program = findProgram('sshd');
  if (program === undefined) throw new Error('sshd is missing. Run: sudo apt-get install openssh-server');
  const folder = makeTemporaryFolder(tmpdir(), 'confroll-ssh-');
  const root = options.root ?? join(folder.path, 'repositories');
  mkdirSync(root, { recursive: true });
  // Where it divides its privileges; Debian makes it when the service starts.
  if (process.geteuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const user = userInfo().username;
  const url = `ssh://${user}@127.0.0.1:${port}${root}`;
  const repositories = new Map<string, Repository>();
  let hostKeys = options.hostKeys ?? [makeSshKey()];
  let version2 = options.version2 ?? true;
  let log = '';
  let running: ChildProcess | undefined;

  const setAuthorizedKeys = (keys: readonly string[]): void =>
    writeFileSync(join(folder.path, 'authorized_keys'), `${keys.join('\n')}\n`);

  const start = async (): Promise<void> => {
    const configuration = writeConfiguration(folder.path, { port, hostKeys, version2 });
    const command = [...withParent(), program, '-D', '-e', '-f', configuration];
    const [file = program, ...args] = [...command, ...withoutPenalties(program, configuration)];
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    running = child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const before = log.length;
    child.stderr.on('data', (piece: Buffer) => {
      log += piece.toString('utf8');
      if (log.includes('Server listening', before)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd ended: ${log.slice(before).trim()}`)));
    await promise;
  };

  const end = async (): Promise<void> => {
    const child = running;
    running = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // It takes no one in while its sessions are ended.
    kill(child.pid, 'SIGSTOP');
    await killDescendants(child.pid);
    kill(child.pid, 'SIGKILL');
    await ended;
  };

  setAuthorizedKeys(options.authorizedKeys ?? []);
  await start().catch(async (error: unknown) => {
    await end();
    await folder.remove();
    throw error;
  });

  return {
    port,
    user,
    root,
    url,
    logins: () => log.split('Accepted publickey').length - 1,
    setAuthorizedKeys,
    knownHosts: () => hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`).join(''),
    repository(name) {
      const repository = repositories.get(name) ?? openRepository(root, name, url);
      repositories.set(name, repository);
      return repository;
    },
    async restart(changes) {
      await end();
      hostKeys = changes.hostKeys ?? hostKeys;
      version2 = changes.version2 ?? version2;
      await start();
    },
    async disconnect() {
      if (running?.pid !== undefined) await killDescendants(running.pid);
    },
    async stop() {
      await end();
      await folder.remove();
    },
  };
}

function writeConfiguration(
  folder: string,
  { port, hostKeys, version2 }: { port: number; hostKeys: readonly SshKey[]; version2: boolean },
): string {
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    'PidFile none',
    'UsePAM no',
    'UseDNS no',
    // The folder is the user's own, below one that everybody may write to.
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    ...(version2 ? ['AcceptEnv GIT_PROTOCOL'] : []),
    // The user's shell runs the command, and would read the files that it finds at home.
    `SetEnv HOME=${folder}`,
    `ForceCommand ${join(folder, 'command')}`,
  ];
  hostKeys.forEach(({ privateKey }, index) => {
    const file = join(folder, `host-key-${index}`);
    writeFileSync(file, privateKey, { mode: 0o600 });
    lines.push(`HostKey ${file}`);
  });
  const settings = Object.entries(gitEnvironment()).map(([name, value]) => `export ${name}='${value}'\n`);
  const command = join(folder, 'command');
  writeFileSync(command, `#!/bin/sh\n${settings.join('')}exec sh -c "$SSH_ORIGINAL_COMMAND"\n`);
  chmodSync(command, 0o755);
  const file = join(folder, 'sshd_config');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

// Newer ones shut out an address for a while after refused logins; older ones do not know the setting.
function withoutPenalties(program: string, configuration: string): string[] {
  const setting = ['-o', 'PerSourcePenalties=no'];
  return spawnSync(program, ['-t', '-f', configuration, ...setting]).status === 0 ? setting : [];
}
