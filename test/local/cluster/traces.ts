// What a cluster could leave behind on the host, found by its name.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAlive } from '../../../local/cluster/process-identity.ts';
import { eventually } from '../../support/eventually.ts';

/** Processes, mounts, cgroups and the folder of a cluster, each as a line. */
export function tracesOf(directory: string): string[] {
  const name = basename(directory);
  return [
    ...processesNaming(name),
    ...lines('/proc/self/mounts').filter((line) => line.includes(name)),
    ...cgroupsNamed(name),
    ...(existsSync(directory) ? [directory] : []),
  ];
}

/** Fails with what is still there. */
export async function untilGone(directory: string, pids: readonly number[] = []): Promise<void> {
  await eventually(() => {
    const left = [...tracesOf(directory), ...pids.filter(isRunning)];
    if (left.length > 0) throw new Error(`still there: ${left.join(', ')}`);
    return true;
  });
}

/** The host's device that leads to an address inside a cluster, with its index, which is never used again. */
export function deviceTo(inside: string): string | undefined {
  const host = inside.replace(/\d+$/, (last) => String(Number(last) - 1));
  return ipAddresses().find((line) => line.includes(` ${host}/30 `));
}

export function hasDevice(device: string): boolean {
  return ipAddresses().includes(device);
}

function ipAddresses(): string[] {
  return execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' }).split('\n');
}

export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Those whose command line holds the text. */
export function processesNaming(name: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => `${pid} ${lines(`/proc/${pid}/cmdline`).join(' ').replaceAll('\0', ' ').slice(0, 120)}`)
    .filter((line) => line.includes(name));
}

function cgroupsNamed(name: string): string[] {
  return cgroups().filter((path) => basename(path) === name);
}

/** What a real node was given and has not been taken away though its supervisor is gone. */
export function cgroupsOfDeadClusters(): string[] {
  return cgroups().filter((path) => {
    const [, identity] = /^confroll-cluster-(.+)$/.exec(basename(path)) ?? [];
    return identity !== undefined && !isAlive(identity);
  });
}

/** One level below each hierarchy of version 1, or below the only one of version 2. */
function cgroups(): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = [root, ...folders(root)];
  return hierarchies.flatMap(folders);
}

function folders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
