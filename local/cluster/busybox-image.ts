// A container image of nothing but busybox, made without a registry: the sandbox of every Pod, and enough for small tests.
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { runCommand } from './run-command.ts';

export const busyboxImage = 'confroll.local/busybox:1';

/** Writes the docker archive to `file`; works in a folder beside it that is gone afterwards. */
export async function writeBusyboxImage(file: string, signal: AbortSignal): Promise<void> {
  const work = `${file}.work`;
  await mkdir(join(work, 'root', 'bin'), { recursive: true });
  try {
    await fillRoot(join(work, 'root'), signal);
    const layer = join(work, 'layer.tar');
    await tar(layer, join(work, 'root'), ['.'], signal);
    const digest = sha256(await readFile(layer));
    const config = imageConfig(digest);
    const configName = `${sha256(Buffer.from(config))}.json`;
    const manifest = [{ Config: configName, RepoTags: [busyboxImage], Layers: ['layer.tar'] }];
    await writeFile(join(work, configName), config);
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    await tar(file, work, ['manifest.json', configName, 'layer.tar'], signal);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fillRoot(root: string, signal: AbortSignal): Promise<void> {
  const busybox = findProgram('busybox');
  if (busybox === undefined) throw new Error('busybox is not installed; run apt-get install busybox-static');
  // A dynamically linked one names its loader near the beginning of the file, and the image has no libraries.
  if ((await readFile(busybox)).subarray(0, 4096).includes('/ld-linux')) {
    throw new Error(`${busybox} is not statically linked; run apt-get install busybox-static`);
  }
  await copyFile(busybox, join(root, 'bin', 'busybox'));
  const applets = await runCommand([busybox, '--list'], { signal });
  for (const applet of applets.split('\n')) {
    if (applet !== '' && applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
  }
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
}

function imageConfig(layerDigest: string): string {
  return JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Entrypoint: ['/bin/busybox'], Cmd: ['sleep', '2147483647'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  });
}

async function tar(
  file: string,
  folder: string,
  entries: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  await runCommand(['tar', '-C', folder, ...same, '-cf', file, ...entries], { signal });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
