// Programs that the caller starts where the cluster's own programs run; they end with the cluster and with the caller.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { searchPath } from './find-program.ts';

export type InsideOptions = {
  /** Beside PATH and HOME: nothing of the caller's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** File for what the program prints; without it there are pipes. */
  readonly log?: string;
  /** Absolute; the cluster's folder unless told. */
  readonly cwd?: string;
};

export type InsideChildren = {
  spawn(argv: readonly string[], options?: InsideOptions): ChildProcess;
  killAll(): Promise<void>;
};

export function createInsideChildren(where: {
  readonly prefix: readonly string[];
  readonly directory: string;
}): InsideChildren {
  const children = new Set<ChildProcess>();
  return {
    spawn(argv, options = {}) {
      const cwd = options.cwd ?? where.directory;
      // Entering a mount namespace loses the working directory, so it is set once more behind the prefix.
      const [file = '', ...args] = [
        ...where.prefix,
        ...(where.prefix.length > 0 ? ['env', '-C', cwd] : []),
        ...argv,
      ];
      const log = options.log === undefined ? 'pipe' : openSync(options.log, 'a', 0o600);
      const child = spawn(file, args, {
        cwd,
        env: { PATH: searchPath(), HOME: where.directory, ...options.env },
        stdio: ['pipe', log, log],
      });
      if (typeof log === 'number') closeSync(log);
      children.add(child);
      // A program that cannot be started says so by its exit; the caller may listen for the error as well.
      child.on('error', () => children.delete(child));
      child.once('exit', () => children.delete(child));
      return child;
    },
    async killAll() {
      await Promise.all(
        [...children].map(async (child) => {
          const ended = once(child, 'exit').catch(() => {});
          child.kill('SIGKILL');
          await ended;
        }),
      );
    },
  };
}
