// Gives the folder of a unit's programs, and builds it first when the cache does not have it.
import { access, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processIdentity } from '../cluster/process-identity.ts';
import { acquireLock } from './build-lock.ts';
import { goBuild } from './go-build.ts';
import { unitFolder } from './unit-folder.ts';
import type { Unit } from './units.ts';

export type BuildOptions = {
  readonly cache: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
};

/** Parallel callers, other processes included, build once and share the result. Needs no network once it is built. */
export async function buildUnit(unit: Unit, options: BuildOptions): Promise<string> {
  const folder = await unitFolder(options.cache, unit);
  if (await exists(folder)) return folder;
  const lock = await acquireLock(join(options.cache, 'build.lock'), options.signal, () =>
    options.log(`Another run is building for ${options.cache}; waiting for it.`),
  );
  try {
    if (!(await exists(folder))) await buildInto(folder, unit, options);
    return folder;
  } finally {
    await lock.release();
  }
}

/** The folder appears whole or not at all: it is made under another name and renamed. */
async function buildInto(folder: string, unit: Unit, options: BuildOptions): Promise<void> {
  await removeUnfinished(options.cache);
  const unfinished = join(options.cache, `unfinished-${processIdentity(process.pid)}`);
  await mkdir(unfinished, { recursive: true });
  try {
    await goBuild(unit, join(unfinished, unit.name), options);
    for (const program of unit.programs) {
      if (program !== unit.name) await symlink(unit.name, join(unfinished, program));
    }
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Of builds whose process was killed. */
async function removeUnfinished(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const [, identity] = /^unfinished-(.+)$/.exec(entry) ?? [];
    if (identity !== undefined && !isAlive(identity)) {
      await rm(join(cache, entry), { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
