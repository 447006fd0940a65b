// The caller's side of the supervisor: starts it, passes on what it says, waits for its end.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sweepDeadClusters } from './cluster-directory.ts';
import { type ClusterFacts, parseFromSupervisor, type StartMessage, type ToSupervisor } from './messages.ts';
import type { ProcessInfo } from './programs.ts';

export type Supervisor = {
  /** Rejects with the reason when the cluster cannot be started; everything is gone by then. */
  start(message: StartMessage): Promise<ClusterFacts>;
  restart(program: string): Promise<void>;
  processes(): readonly ProcessInfo[];
  /** Resolves when everything is gone. May be called again. */
  stop(): Promise<void>;
  readonly ended: Promise<void>;
};

const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));

export function spawnSupervisor(log: (line: string) => void): Supervisor {
  const child = fork(program, [], {
    // A session of its own: Ctrl-C in a terminal is for the caller, whose end it notices by itself.
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const {
    promise: started,
    resolve: resolveStart,
    reject: rejectStart,
  } = Promise.withResolvers<ClusterFacts>();
  const { promise: ended, resolve: markEnded } = Promise.withResolvers<void>();
  const restarts = new Map<number, (problem: string | undefined) => void>();
  let processes: readonly ProcessInfo[] = [];
  let failure: string | undefined;
  let words = '';
  let isUp = false;
  let stopping = false;
  started.catch(() => {});
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4_000);
  });
  child.on('message', (raw) => {
    const message = parseFromSupervisor(raw);
    if (message?.type === 'log') log(message.line);
    if (message?.type === 'ready') {
      isUp = true;
      resolveStart(message.facts);
    }
    if (message?.type === 'failed') failure = message.message;
    if (message?.type === 'processes') processes = message.list;
    if (message?.type === 'restarted') restarts.get(message.id)?.(message.problem);
  });
  child.once('error', (error) => {
    failure ??= `the supervisor cannot be started: ${error.message}`;
    if (child.pid === undefined) onEnd('was not started');
  });
  child.once('close', (code, signal) => onEnd(`ended with ${signal ?? `exit code ${code}`}`));
  // A supervisor that was killed could not clean up.
  const onEnd = (how: string): void => {
    if (isUp && !stopping) log(`The cluster is gone: its supervisor ${how}. ${words}`.trim());
    for (const resolve of restarts.values()) resolve('the cluster has ended');
    void sweepDeadClusters()
      .catch(() => {})
      .then(() => {
        rejectStart(new Error(failure ?? `the supervisor ${how} ${words}`.trim()));
        markEnded();
      });
  };
  const send = (message: ToSupervisor): void => {
    if (child.connected) child.send(message, () => {});
  };
  let lastRestart = 0;
  return {
    ended,
    processes: () => processes,
    async start(message) {
      send(message);
      return started;
    },
    async restart(name) {
      lastRestart += 1;
      const id = lastRestart;
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      restarts.set(id, resolve);
      if (child.connected) send({ type: 'restart', id, program: name });
      else resolve('the cluster has ended');
      const problem = await promise;
      restarts.delete(id);
      if (problem !== undefined) throw new Error(problem);
    },
    async stop() {
      stopping = true;
      send({ type: 'stop' });
      await ended;
    },
  };
}
