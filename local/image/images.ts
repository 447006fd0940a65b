// The images of a local cluster as docker archives: confroll itself, the sandbox of every Pod, the nginx of the demo.
import { join } from 'node:path';
import { acquireLock } from '../binaries/build-lock.ts';
import { runCommand } from '../cluster/run-command.ts';
import { readEnvironment } from '../environment.ts';
import type { DebianOptions } from './debian-files.ts';
import { buildImage, type Image } from './image.ts';
import { folderLayer, nodeLayer } from './layers.ts';
import { confrollImage, nginxImage, pauseImage } from './recipes.ts';
import type { TarEntry } from './tar-entry.ts';

export type ImageKey = 'confroll' | 'pause' | 'nginx';

export type ImagesOptions = {
  /** Default: all of them. */
  readonly images?: readonly ImageKey[];
  readonly signal?: AbortSignal;
  /** Folder of what is kept between runs; default: as for the cluster's programs. */
  readonly cache?: string;
};

const repository = join(import.meta.dirname, '..', '..');
// Ignored by git and cleared with the packages. The next run of this checkout replaces what is there.
const workFolder = join(repository, 'node_modules', '.cache', 'confroll');

/**
 * Builds docker archives and resolves to their paths, in the order asked for; confroll's holds a fresh build of `dist/`.
 * Needs the network the first time only. Rejects with what is missing and the command that brings it.
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
  const recipes: Readonly<Record<ImageKey, () => Promise<Image>>> = {
    confroll: async () =>
      confrollImage({ node: await nodeLayer(repository), app: await appLayer(context) }, context),
    pause: () => pauseImage(context),
    nginx: () => nginxImage(context),
  };
  const files: string[] = [];
  for (const key of options.images ?? (['confroll', 'pause', 'nginx'] as const)) {
    files.push(await buildImage(await recipes[key](), join(workFolder, `${key}.tar`)));
  }
  return files;
}

// A build empties dist/ first, so nobody else may read or build meanwhile.
async function appLayer({ say, signal }: DebianOptions): Promise<TarEntry[]> {
  const lock = await acquireLock(join(workFolder, 'build.lock'), signal, () =>
    say('waiting for another run that builds dist/'),
  );
  try {
    say('building dist/ (usually 1 s)');
    await runCommand([process.execPath, 'scripts/build.ts'], { signal, cwd: repository }).catch((cause) => {
      signal.throwIfAborted();
      throw new Error('dist/ could not be built; see what `npm run build` says', { cause });
    });
    return await folderLayer(join(repository, 'dist'), 'app');
  } finally {
    await lock.release();
  }
}
