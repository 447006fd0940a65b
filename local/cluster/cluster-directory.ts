// The folder of a cluster, named after the process that looks after it: so a later start knows which ones are left over.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { isAlive, processIdentity } from './process-identity.ts';

const prefix = 'confroll-cluster-';

/** Name of this process's cluster, for its folder and its cgroups. */
export function clusterName(): string {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('this process is not listed in /proc; is /proc mounted?');
  return `${prefix}${identity}`;
}

export async function makeClusterDirectory(name: string): Promise<string> {
  const directory = join(tmpdir(), name);
  await mkdir(join(directory, 'logs'), { recursive: true, mode: 0o700 });
  return directory;
}

/** Waits a little for files that a program just killed still held open. */
export async function removeClusterDirectory(name: string): Promise<void> {
  await rm(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Removes what clusters left whose supervisor was killed. What cannot be removed, as another user's, stays. */
export async function sweepDeadClusters(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || isAlive(name.slice(prefix.length))) continue;
    await removeCgroups(name).catch(() => {});
    await removeClusterDirectory(name).catch(() => {});
  }
}
