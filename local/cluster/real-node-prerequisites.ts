// Whether this machine can run a real node; if not, why, and what to do.
import { tmpdir } from 'node:os';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { type InstallOptions, missingPackages } from './debian-packages.ts';
import { runCommand } from './run-command.ts';

/** Empty when it can. Otherwise sentences for a person. May install Debian packages. */
export async function whyNoRealNode(name: string, options: InstallOptions): Promise<string[]> {
  if (process.platform !== 'linux')
    return [`A real node needs Linux, and this is ${process.platform}. ${instead}`];
  if (process.getuid?.() !== 0) return [`A real node needs root: run the same command with sudo. ${instead}`];
  const hidden = hiddenFolders.find((folder) => `${tmpdir()}/`.startsWith(folder));
  if (hidden !== undefined) {
    return [`A real node cannot keep its files below ${hidden}: set TMPDIR to another folder. ${instead}`];
  }
  const packages = await missingPackages(options);
  if (packages.length > 0) return [...packages, instead];
  try {
    await tryOut(name, options.signal);
    return [];
  } catch (error) {
    options.signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    return [
      `The kernel does not let this process make what a real node needs. In a container, run it with --privileged. ${words}`,
      instead,
    ];
  }
}

const instead = 'Nodes are simulated instead: Pods become Ready, and nothing runs in them.';
// Programs inside see empty folders there (see namespaces-init.sh).
const hiddenFolders = ['/run/', '/var/lib/', '/var/log/'];

const probe = [
  'mount --make-rprivate /',
  'mount -t tmpfs tmpfs /run',
  'ip link add probe0 type bridge',
  'ip link add probe1 type veth peer name probe2',
  'nft add table inet probe',
].join(' && ');

async function tryOut(name: string, signal: AbortSignal): Promise<void> {
  await runCommand(
    [
      'unshare',
      '--pid',
      '--net',
      '--mount',
      '--uts',
      '--ipc',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      probe,
    ],
    { signal },
  );
  await makeCgroups(name);
  await removeCgroups(name);
}
