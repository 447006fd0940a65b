// The images of a local cluster: confroll itself, the sandbox of every Pod, and the nginx of the demo.
import { join } from 'node:path';
import { acquireLock } from '../binaries/build-lock.ts';
import { runCommand } from '../cluster/run-command.ts';
import { readEnvironment } from '../environment.ts';
import { type DebianOptions, debianFiles } from './debian-files.ts';
import { buildImage, type Image } from './image.ts';
import { accountsLayer, authoritiesBundle, folderLayer, nodeLayer, onlyLibraries } from './layers.ts';
import type { TarEntry } from './tar-entry.ts';

export const imageNames = {
  confroll: 'confroll.local/confroll:dev',
  pause: 'confroll.local/pause:1',
  nginx: 'confroll.local/nginx:1',
} as const;

export type ImageKey = keyof typeof imageNames;

export type ImagesOptions = {
  /** Default: all of them. */
  readonly images?: readonly ImageKey[];
  readonly signal?: AbortSignal;
  /** Folder of what is kept between runs; default as `readEnvironment` says. */
  readonly cache?: string;
};

const repository = join(import.meta.dirname, '..', '..');
// Ignored by git, cleared with the packages; a file there is replaced by the next run of this checkout.
const workFolder = join(repository, 'node_modules', '.cache', 'confroll');

/**
 * Builds docker archives and resolves to their paths, in the order asked for. `dist/` is built afresh for confroll's.
 * Needs the network the first time only; rejects with what is missing and the command that brings it.
 */
export async function buildImages(
  say: (line: string) => void,
  options: ImagesOptions = {},
): Promise<string[]> {
  const context: DebianOptions = {
    cache: options.cache ?? readEnvironment().cache,
    say,
    signal: options.signal ?? new AbortController().signal,
  };
  const files: string[] = [];
  for (const key of options.images ?? (['confroll', 'pause', 'nginx'] as const)) {
    files.push(await buildImage(await recipes[key](context), join(workFolder, `${key}.tar`)));
  }
  return files;
}

const recipes: Readonly<Record<ImageKey, (context: DebianOptions) => Promise<Image>>> = {
  confroll: confrollImage,
  pause: pauseImage,
  nginx: nginxImage,
};

const nonroot = '65532:65532';
const path = 'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin';

async function confrollImage(context: DebianOptions): Promise<Image> {
  const files = await debianFiles(['libc6', 'libstdc++6', 'libgcc-s1', 'ca-certificates'], context);
  return {
    name: imageNames.confroll,
    layers: [
      [...onlyLibraries(files), authoritiesBundle(files), ...accountsLayer()],
      await nodeLayer(repository),
      await distLayer(context),
    ],
    config: {
      User: nonroot,
      Entrypoint: ['node', '/app/confroll.mjs'],
      Env: [path, 'NODE_ENV=production'],
      WorkingDir: '/app',
      Labels: {
        'org.opencontainers.image.title': 'confroll',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
  };
}

// A build empties dist/ first, so nobody else may read or build meanwhile.
async function distLayer({ say, signal }: DebianOptions): Promise<TarEntry[]> {
  const lock = await acquireLock(join(workFolder, 'build.lock'), signal, () =>
    say('waiting for another run that builds dist/'),
  );
  try {
    say('building dist/ (usually 1 s)');
    await runCommand([process.execPath, 'scripts/build.ts'], { signal, cwd: repository });
    return await folderLayer(join(repository, 'dist'), 'app');
  } finally {
    await lock.release();
  }
}

async function pauseImage(context: DebianOptions): Promise<Image> {
  const files = await debianFiles(['busybox-static'], context);
  const busybox = files.find((entry) => entry.path === 'bin/busybox' || entry.path === 'usr/bin/busybox');
  if (busybox === undefined) throw new Error('the package busybox-static holds no busybox');
  return {
    name: imageNames.pause,
    layers: [[{ ...busybox, path: 'bin/busybox' }]],
    // It only holds the namespaces of a Pod. "infinity" is unknown to older ones; this is 68 years.
    config: { User: nonroot, Entrypoint: ['/bin/busybox', 'sleep', '2147483647'], Env: [path] },
  };
}

async function nginxImage(context: DebianOptions): Promise<Image> {
  const files = await debianFiles(['nginx-light'], context);
  const server = files.filter((entry) => entry.path === 'usr/sbin/nginx');
  if (server.length === 0) throw new Error('the package nginx-light holds no nginx');
  return {
    name: imageNames.nginx,
    layers: [[...onlyLibraries(files), ...server, ...accountsLayer()]],
    // No config of its own: the Pod's comes from Git. Not the log file that is built in either: the root is read-only.
    config: { User: nonroot, Entrypoint: ['/usr/sbin/nginx', '-e', '/dev/stderr'], Env: [path] },
  };
}
