// One build at a time on this machine, whichever process asks. The kernel holds the lock for a small helper process that ends
// when its standard input closes, so a holder that is killed leaves no stale lock behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findProgram } from '../cluster/find-program.ts';

export type HeldLock = { release(): Promise<void> };

/** Waits as long as somebody else holds `file`; calls `onWait` once if it has to. Rejects when the signal fires. */
export async function acquireLock(file: string, signal: AbortSignal, onWait: () => void): Promise<HeldLock> {
  await mkdir(dirname(file), { recursive: true });
  const [command = '', ...args] = lockCommand(file);
  const helper = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
  helper.on('error', () => {});
  helper.stdin.on('error', () => {});
  const ended = once(helper, 'close').catch(() => undefined);
  // A free lock is ours within milliseconds; a second means that another run is building.
  const slow = setTimeout(onWait, 1_000);
  const first = await Promise.race([
    once(helper.stdout, 'data').then(() => 'held'),
    ended.then(() => 'ended'),
  ]);
  clearTimeout(slow);
  signal.throwIfAborted();
  if (first === 'ended') throw new Error(`the lock ${file} cannot be taken; is its folder writable?`);
  return {
    async release() {
      helper.stdin.end();
      await ended;
    },
  };
}

// The shell says that it has the lock, then waits for its input to close.
const whileHeld = ['sh', '-c', 'echo held; exec cat > /dev/null'];

function lockCommand(file: string): string[] {
  const flock = findProgram('flock');
  if (flock === undefined) {
    const lockf = findProgram('lockf');
    if (lockf === undefined) throw new Error('neither flock nor lockf is installed; install util-linux');
    return [lockf, '-k', file, ...whileHeld];
  }
  // Without a fork in between, the helper that waits in a queue also dies with the process that asked for it.
  const setpriv = findProgram('setpriv');
  const withParent = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
  return [...withParent, flock, '--no-fork', file, ...whileHeld];
}
