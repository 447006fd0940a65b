// The private pid, network, mount, uts and ipc namespaces in which a real node and its control plane live. Killing their
// process 1 takes all of it away: programs, Pods, mounts, bridges, rules.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, searchPath } from './find-program.ts';
import type { Teardown } from './teardown.ts';
import { withParent } from './with-parent.ts';

export type Namespaces = {
  /** Process 1, as the host sees it. */
  readonly pid: number;
  /** What a command line is preceded by to run inside. */
  readonly prefix: readonly string[];
};

/** Runs a command as process 1 of new namespaces; they end with it, and it ends with this command. */
export const unshare = [
  'unshare',
  ...['--pid', '--net', '--mount', '--uts', '--ipc'],
  ...['--fork', '--kill-child', '--mount-proc'],
] as const;

const initScript = fileURLToPath(new URL('namespaces-init.sh', import.meta.url));
// Mounting and naming takes milliseconds.
const readyMilliseconds = 20_000;

/** Rejects with the script's last words. */
export async function createNamespaces(options: {
  readonly directory: string;
  readonly nodeName: string;
  readonly gateway: string;
  readonly teardown: Teardown;
  readonly signal: AbortSignal;
}): Promise<Namespaces> {
  const [file = '', ...args] = [
    ...withParent(),
    ...unshare,
    ...['bash', initScript, options.nodeName, options.gateway],
  ];
  const child = spawn(file, args, {
    cwd: options.directory,
    env: { PATH: searchPath(), HOME: options.directory },
    // Process 1 ends when its standard input closes, that is with this process.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit').catch(() => {});
  options.teardown.add('the namespaces', async () => {
    // Process 1 heeds no other signal; unshare ends after it, when the last process inside is gone.
    for (const pid of [firstChild(child.pid), child.pid]) if (pid !== undefined) kill(pid);
    await gone;
  });
  const log = join(options.directory, 'logs', 'namespaces.log');
  let words = '';
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
    appendFileSync(log, text);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('ready')) resolve();
  });
  const ended = gone.then(() => {
    throw new Error(`the namespaces for a real node cannot be made: ${words.trim()}`);
  });
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(readyMilliseconds)]);
  const late = once(deadline, 'abort').then(() => deadline.throwIfAborted());
  await Promise.race([ready, ended, late]);
  const pid = firstChild(child.pid);
  if (pid === undefined) throw new Error('process 1 of the namespaces is not listed in /proc');
  return { pid, prefix: enter(pid) };
}

/** The process that does the work behind a prefix that enters a pid namespace, which needs a fork. */
export function firstChild(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return first === '' ? undefined : Number(first);
  } catch {
    return undefined;
  }
}

function enter(pid: number): string[] {
  const nsenter = findProgram('nsenter') ?? 'nsenter';
  // The root too: where this process is in a chroot, that of the mount namespace is another.
  const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--root'];
  return [...withParent(), nsenter, `--target=${pid}`, ...spaces, '--', ...withParent()];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
