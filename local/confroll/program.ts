// One of confroll's programs as a process on this machine, tied to a cluster.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../cluster/free-port.ts';
import type { Cluster } from '../cluster.ts';
import { repositoryRoot } from './manifests.ts';

export type Program = {
  readonly name: string;
  readonly healthUrl: string;
  readonly process: ChildProcess;
  running(): boolean;
  ready(): Promise<boolean>;
  metrics(): Promise<string>;
  /** Everything that it has logged. */
  log(): Promise<string>;
  /** Sends the signal and waits for the end; the exit code, or the signal's name. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>;
};

type ProgramOptions = {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export async function startProgram(cluster: Cluster, options: ProgramOptions): Promise<Program> {
  const healthPort = await freePort();
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  const logFile = join(cluster.directory, 'logs', `${options.name}.log`);
  const argv = [
    execPath,
    join(repositoryRoot, 'src/main.ts'),
    ...options.args,
    '--health-port',
    String(healthPort),
  ];
  const child = cluster.spawnInside(argv, {
    env: { ...options.environment, POD_NAME: options.name },
    log: logFile,
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const get = async (path: string): Promise<Response | undefined> =>
    fetch(healthUrl + path, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return {
    name: options.name,
    healthUrl,
    process: child,
    running,
    ready: async () => (await get('/readyz'))?.ok === true,
    metrics: async () => (await (await get('/metrics'))?.text()) ?? '',
    log: () => readFile(logFile, 'utf8').catch(() => ''),
    async end(signal) {
      if (running()) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return child.exitCode ?? child.signalCode ?? 'unknown';
    },
  };
}

/** Waits until the program is ready; an Error with the end of its log when it ends first or the time is up. */
export async function whenReady(program: Program, seconds = 60): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (!(await program.ready())) {
    if (!program.running() || performance.now() > until) {
      const lines = (await program.log()).trimEnd().split('\n');
      throw new Error(
        `${program.name} did not become ready; the end of its log:\n${lines.slice(-20).join('\n')}`,
      );
    }
    await delay(50);
  }
}
