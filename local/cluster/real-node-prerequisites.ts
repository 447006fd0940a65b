// Whether this machine can run a real node; if not, why, and what to do.
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LocalEnvironment } from '../environment.ts';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { missingPackages } from './debian-packages.ts';
import { unshare } from './namespaces.ts';
import { runCommand } from './run-command.ts';

export type PrerequisitesOptions = {
  /** Of the cluster, for a trial of its cgroups. */
  readonly name: string;
  readonly environment: LocalEnvironment;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
};

/** Empty when it can. Otherwise sentences for a person. May install Debian packages. */
export async function whyNoRealNode(options: PrerequisitesOptions): Promise<string[]> {
  const reasons = await reasonsAgainst(options);
  return reasons.length === 0 ? [] : [...reasons, instead];
}

const instead = 'Nodes are simulated instead: Pods become Ready, and nothing runs in them.';

async function reasonsAgainst(options: PrerequisitesOptions): Promise<string[]> {
  const { environment, signal, log } = options;
  if (process.platform !== 'linux') return [`A real node needs Linux, and this is ${process.platform}.`];
  if (process.getuid?.() !== 0) return ['A real node needs root: run the same command with sudo.'];
  const hidden = hiddenPlaces(environment);
  if (hidden.length > 0) return hidden;
  const packages = await missingPackages({ signal, log, cache: environment.cache });
  return packages.length > 0 ? packages : tryOut(options);
}

// Programs inside see empty folders there (see namespaces-init.sh).
const hiddenFolders = ['/run/', '/var/lib/', '/var/log/'];

function hiddenPlaces(environment: LocalEnvironment): string[] {
  const places = [
    { path: tmpdir(), cure: 'set TMPDIR to another folder' },
    { path: environment.assets ?? environment.cache, cure: 'set CONFROLL_CACHE to another folder' },
    { path: fileURLToPath(new URL('../..', import.meta.url)), cure: 'check confroll out elsewhere' },
  ];
  return places
    .filter(({ path }) => hiddenFolders.some((folder) => `${path}/`.startsWith(folder)))
    .map(
      ({ path, cure }) =>
        `A real node has a /run, /var/lib and /var/log of its own, without ${path}: ${cure}.`,
    );
}

const probe = [
  'mount --make-rprivate /',
  'mount -t tmpfs tmpfs /run',
  'ip link add probe0 type bridge',
  'ip link add probe1 type veth peer name probe2',
  'nft add table inet probe',
].join(' && ');

async function tryOut({ name, signal }: PrerequisitesOptions): Promise<string[]> {
  try {
    await runCommand([...unshare, 'sh', '-c', probe], { signal });
    await makeCgroups(name);
    await removeCgroups(name);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    return [`A real node needs namespaces and cgroups (in a container: run it with --privileged). ${words}`];
  }
}
