// Files of Debian packages, unpacked without being installed: once per list of packages, then from the cache.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../binaries/build-lock.ts';
import { runCommand } from '../cluster/run-command.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { writeWhole } from './image.ts';
import { needProgram } from './need-program.ts';
import type { TarEntry } from './tar-entry.ts';
import { readTar } from './tar-reader.ts';
import { writeTar } from './tar-writer.ts';

const suite = 'bookworm';

// What no program in an image reads; it would be most of the bytes.
const leftOut =
  /^(dev|boot|proc|sys|run|tmp|var|etc\/(apt|dpkg|init\.d|cron\.\w+|logrotate\.d|systemd|hostname|resolv\.conf|fstab))(\/|$)|^usr\/share\/(doc|man|locale|info|lintian|bash-completion|bug|gcc|gdb|perl5?)(\/|$)|\/(gconv|perl|perl-base|pkgconfig)(\/|$)/;

export type DebianOptions = {
  readonly cache: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Files of these packages and of what they depend on, without documentation. Needs the network the first time only. */
export async function debianFiles(packages: readonly string[], options: DebianOptions): Promise<TarEntry[]> {
  const list = [...packages].sort().join(',');
  const key = createHash('sha256').update(`${suite} ${process.arch} ${list} ${leftOut.source}`).digest('hex');
  const file = join(options.cache, 'image', `debian-${key.slice(0, 16)}.tar`);
  const cached = await readFile(file).catch(() => undefined);
  if (cached !== undefined) return readTar(cached);
  const lock = await acquireLock(join(options.cache, 'image', 'debian.lock'), options.signal, () =>
    options.say('waiting for another run that unpacks Debian packages'),
  );
  try {
    const meanwhile = await readFile(file).catch(() => undefined);
    if (meanwhile !== undefined) return readTar(meanwhile);
    const entries = await unpack(list, options);
    await writeWhole(file, writeTar(entries));
    return entries;
  } finally {
    await lock.release();
  }
}

async function unpack(list: string, options: DebianOptions): Promise<TarEntry[]> {
  const { say, signal } = options;
  await needProgram('mmdebstrap', 'mmdebstrap', { say, signal });
  say(`unpacking ${list} from Debian ${suite} (usually 5 s, once)`);
  const scratch = makeTemporaryFolder(tmpdir(), 'confroll-image-');
  try {
    const archive = join(scratch.path, 'files.tar');
    const make = ['mmdebstrap', '--quiet', '--variant=extract', `--include=${list}`, suite, archive];
    // In a process group of its own: when it is interrupted, it ends its whole group, which would be ours.
    const argv = ['setsid', '--wait', ...make];
    await runCommand(argv, { signal });
    return readTar(await readFile(archive)).filter(({ path }) => !leftOut.test(path));
  } finally {
    await scratch.remove();
  }
}
