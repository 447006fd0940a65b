// The long-running programs of one cluster: started with a log file each, watched, ended together.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from './find-program.ts';

export type ProgramSpec = { readonly name: string; readonly argv: readonly string[] };

export type Running = {
  /** Resolves, with a sentence and the last lines of the log, when the program ended though nobody asked it to. */
  readonly ended: Promise<Error>;
};

export type ProcessInfo = { readonly name: string; readonly pid: number };

export type Programs = {
  start(spec: ProgramSpec): Running;
  /** Kills the program and starts it again with the same arguments; rejects for a name that is not running. */
  restart(name: string): Promise<void>;
  /** Kills all of them; resolves when the last one is gone. Nothing starts afterwards. */
  killAll(): Promise<void>;
  list(): ProcessInfo[];
};

export type ProgramsOptions = {
  /** Working directory and HOME of each program; logs are written to its `logs`. */
  readonly directory: string;
  /** What each command line is preceded by. */
  readonly prefix: readonly string[];
  /** From the process that was started to the one that does the work, where the prefix puts one in between. */
  readonly workerPid: (pid: number) => number;
  /** Called for each unexpected end. */
  readonly onEnd: (error: Error) => void;
};

type Entry = {
  readonly spec: ProgramSpec;
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
  expected: boolean;
};

export function createPrograms(options: ProgramsOptions): Programs {
  const entries = new Map<string, Entry>();
  let closed = false;

  const start = (spec: ProgramSpec): Running => {
    if (closed) throw new Error(`${spec.name} is not started: the cluster is ending`);
    const child = launch(spec, options);
    const { promise: ended, resolve: reportEnd } = Promise.withResolvers<Error>();
    const { promise: gone, resolve: markGone } = Promise.withResolvers<void>();
    const entry: Entry = { spec, child, gone, expected: false };
    entries.set(spec.name, entry);
    const onGone = (how: string): void => {
      markGone();
      if (entries.get(spec.name) === entry) entries.delete(spec.name);
      if (entry.expected) return;
      const error = new Error(`${spec.name} ended (${how}). Its last words:\n${lastWords(spec, options)}`);
      reportEnd(error);
      options.onEnd(error);
    };
    child.once('error', (error) => onGone(error.message));
    child.once('exit', (code, signal) => onGone(signal ?? `exit code ${code}`));
    return { ended };
  };

  const kill = async (entry: Entry): Promise<void> => {
    entry.expected = true;
    // Nothing that the cluster holds is kept, so there is nothing to save in a gentle end.
    if (entry.child.pid !== undefined) killPid(options.workerPid(entry.child.pid));
    entry.child.kill('SIGKILL');
    await entry.gone;
  };

  return {
    start,
    async restart(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`no program named ${name} is running in this cluster`);
      await kill(entry);
      start(entry.spec);
    },
    async killAll() {
      closed = true;
      await Promise.all([...entries.values()].map(kill));
    },
    list: () =>
      [...entries.values()].flatMap(({ spec, child }) =>
        child.pid === undefined ? [] : [{ name: spec.name, pid: options.workerPid(child.pid) }],
      ),
  };
}

function launch(spec: ProgramSpec, options: ProgramsOptions): ChildProcess {
  const [file = '', ...args] = [...options.prefix, ...spec.argv];
  const log = openSync(logFile(spec, options), 'a', 0o600);
  try {
    return spawn(file, args, {
      cwd: options.directory,
      // Nothing of the caller's: a proxy or a kubeconfig in its environment would change what the programs do.
      env: { PATH: searchPath(), HOME: options.directory },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

function logFile(spec: ProgramSpec, options: ProgramsOptions): string {
  return join(options.directory, 'logs', `${spec.name}.log`);
}

function lastWords(spec: ProgramSpec, options: ProgramsOptions): string {
  try {
    return readFileSync(logFile(spec, options), 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '(no log)';
  }
}

function killPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
