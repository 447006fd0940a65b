// An image as a docker archive, which containerd imports: no Docker, no registry.
import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import type { TarEntry } from './tar-entry.ts';
import { writeTar } from './tar-writer.ts';

export type Image = {
  /** With its tag, such as `confroll.local/pause:1`. */
  readonly name: string;
  /** The lowest first. */
  readonly layers: readonly (readonly TarEntry[])[];
  readonly config: ImageConfig;
};

/** Keys as the image format spells them. */
export type ImageConfig = {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
};

/** Writes `file` at once or not at all, and resolves to its path. The same image gives the same bytes. */
export async function buildImage(image: Image, file: string): Promise<string> {
  const layers = image.layers.map((entries) => {
    const pieces = writeTar(entries);
    return { pieces, digest: sha256(pieces) };
  });
  const epoch = '1970-01-01T00:00:00Z';
  const config = Buffer.from(
    JSON.stringify({
      architecture: goArchitecture(process.arch),
      os: 'linux',
      created: epoch,
      config: image.config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
      history: layers.map(() => ({ created: epoch })),
    }),
  );
  const configName = `${sha256([config])}.json`;
  const manifest = [
    {
      Config: configName,
      RepoTags: [image.name],
      Layers: layers.map(({ digest }) => `${digest}.tar`),
    },
  ];
  const metadata = [
    regular('manifest.json', Buffer.from(JSON.stringify(manifest))),
    regular(configName, config),
  ];
  const files = layers.map(({ digest, pieces }) => regular(`${digest}.tar`, Buffer.concat(pieces)));
  await writeWhole(file, writeTar([...metadata, ...files]));
  return file;
}

/** Writes beside `file` and renames, so that nobody ever reads half of it, and a killed process leaves no other half. */
export async function writeWhole(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = makeTemporaryFolder(dirname(file), '.unfinished-');
  try {
    const handle = await open(join(unfinished.path, 'file'), 'wx');
    try {
      for (const piece of pieces) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    await rename(join(unfinished.path, 'file'), file);
  } finally {
    await unfinished.remove();
  }
}

function regular(path: string, content: Uint8Array): TarEntry {
  return { type: 'file', path, content, mode: 0o644 };
}

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function goArchitecture(name: string): string {
  return name === 'x64' ? 'amd64' : name;
}
