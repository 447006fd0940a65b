// What a real node needs of the system, and the Debian packages that bring it.
import { join } from 'node:path';
import { acquireLock } from '../binaries/build-lock.ts';
import { findProgram, isExecutable } from './find-program.ts';
import { runCommand } from './run-command.ts';

/** Where Debian and the upstream release put the CNI plugins. */
const cniFolders = ['/usr/lib/cni', '/opt/cni/bin'];
const cniPlugins = ['bridge', 'host-local', 'loopback'];

// 90 MB from a slow mirror.
const installMilliseconds = 900_000;

const needs: readonly { readonly package: string; readonly isThere: () => boolean }[] = [
  { package: 'containerd', isThere: () => has('containerd') && has('ctr') },
  { package: 'runc', isThere: () => has('runc') },
  { package: 'containernetworking-plugins', isThere: () => cniFolder() !== undefined },
  { package: 'nftables', isThere: () => has('nft') },
  { package: 'iproute2', isThere: () => has('ip') },
  { package: 'busybox-static', isThere: () => has('busybox') },
  { package: 'mmdebstrap', isThere: () => has('mmdebstrap') },
  { package: 'util-linux', isThere: () => ['unshare', 'nsenter', 'setpriv'].every(has) },
];

export type InstallOptions = {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Folder for the lock that keeps parallel runs from disturbing each other. */
  readonly cache: string;
};

/** Installs what is missing when it may. Empty when all is there, else one sentence that says what to run. */
export async function missingPackages(options: InstallOptions): Promise<string[]> {
  if (namesOfMissing().length === 0) return [];
  const problem = has('apt-get') ? await installInTurn(options) : 'this system has no apt-get';
  const after = namesOfMissing();
  if (after.length === 0) return [];
  const command = `apt-get update && apt-get install --no-install-recommends ${after.join(' ')}`;
  return [`A real node needs ${after.join(', ')} (${problem}). Run as root: ${command}`];
}

/** The folder that holds all CNI plugins that a node needs. */
export function cniFolder(): string | undefined {
  return cniFolders.find((folder) => cniPlugins.every((plugin) => isExecutable(join(folder, plugin))));
}

async function installInTurn(options: InstallOptions): Promise<string> {
  const { signal, log } = options;
  const lock = await acquireLock(join(options.cache, 'debian-packages.lock'), signal, () =>
    log('Another run is installing Debian packages; waiting for it.'),
  );
  try {
    const packages = namesOfMissing();
    return packages.length === 0 ? 'installed' : await install(packages, options);
  } finally {
    await lock.release();
  }
}

async function install(packages: readonly string[], { signal, log }: InstallOptions): Promise<string> {
  log(`Installing Debian packages for a real node, usually within a minute: ${packages.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runCommand(['apt-get', 'update', '-q'], { signal, env });
    // Not ended with the cluster: packages that are half installed would be the host's trouble.
    const patience = AbortSignal.timeout(installMilliseconds);
    const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages];
    await runCommand(install, { signal: patience, env });
    signal.throwIfAborted();
    return 'installed, but still not found';
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    // The last line is apt's reason; a person needs one line.
    return words.slice(words.lastIndexOf('\n') + 1);
  }
}

function namesOfMissing(): string[] {
  return needs.filter((need) => !need.isThere()).map((need) => need.package);
}

function has(program: string): boolean {
  return findProgram(program) !== undefined;
}
