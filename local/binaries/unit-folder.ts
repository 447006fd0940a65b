// The folder of a built unit in the cache: its name changes with everything that goes into the build.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { arch, platform } from 'node:process';
import type { Unit } from './units.ts';

/** `<cache>/<unit>-<version>-<hash of the Go module and the flags>`. Needs no Go. */
export async function unitFolder(cache: string, unit: Unit): Promise<string> {
  const hash = createHash('sha256').update(`${platform} ${arch} ${unit.package} ${unit.ldflags}\n`);
  for (const file of await sources(unit.module)) {
    hash.update(`${relative(unit.module, file)}\n`).update(await readFile(file));
  }
  return join(cache, `${unit.name}-${unit.version}-${hash.digest('hex').slice(0, 12)}`);
}

async function sources(module: string): Promise<string[]> {
  const entries = await readdir(module, { recursive: true });
  return entries
    .filter((entry) => /(^go\.(mod|sum)|\.go)$/.test(entry))
    .map((entry) => join(module, entry))
    .sort();
}
