// Names one running process for good: process ids are used again, an id together with its start time is not.
import { readFileSync, readlinkSync } from 'node:fs';

/** `<pid>-<start time>-<pid namespace>`: safe in file names. */
export function processIdentity(pid: number): string | undefined {
  const start = startTime(pid);
  return start === undefined ? undefined : `${pid}-${start}-${pidNamespace()}`;
}

/** False as well for text of another form; true for a process that this one cannot see, of another pid namespace. */
export function isAlive(identity: string): boolean {
  const [, pid = '', start = '', namespace = ''] = /^(\d+)-(\d+)-(\d+)$/.exec(identity) ?? [];
  if (pid === '') return false;
  return namespace !== pidNamespace() || startTime(Number(pid)) === start;
}

/** Clock ticks since boot; `0` for a running process where there is no /proc. Zombies count as gone. */
function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return signalReaches(pid) ? '0' : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces, so counting begins behind it: state is the first field, start time the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function pidNamespace(): string {
  if (process.platform !== 'linux') return '0';
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}

function signalReaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
