// The cgroups below which the kubelet of one cluster works: one folder in each hierarchy (version 1), or one folder (version 2).
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = '/sys/fs/cgroup';
// Killed processes leave their cgroups within milliseconds; ten seconds say that something else is wrong.
const attempts = 200;
const attemptMilliseconds = 50;

export async function makeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await mkdir(join(hierarchy, name), { recursive: true });
    // In version 1 no process can enter a cpuset that names no processor and no memory.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) await copyIfPresent(hierarchy, name, file);
  }
}

/** Resolves when none is left; rejects when one stays busy. */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, name));
}

async function hierarchies(): Promise<string[]> {
  if (await isPresent(join(root, 'cgroup.controllers'))) return [root];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
}

async function copyIfPresent(hierarchy: string, name: string, file: string): Promise<void> {
  if (await isPresent(join(hierarchy, 'cgroup.controllers'))) return;
  const value = await readFile(join(hierarchy, file), 'utf8').catch(() => undefined);
  if (value !== undefined) await writeFile(join(hierarchy, name, file), value);
}

/** Deepest first; the files in a cgroup folder go with it. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rmdir(folder);
    } catch (error) {
      if (!(await isPresent(folder))) return;
      if (attempt === attempts) throw error;
      await delay(attemptMilliseconds);
    }
  }
}

async function isPresent(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
