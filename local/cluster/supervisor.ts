// The process that looks after one cluster. It holds nothing but the cluster, so when the caller ends in whatever way, the
// channel between them closes, and all is taken away. Should this process itself be killed, the kernel kills the programs
// (see with-parent.ts), and the next start removes the folder.

import { buildCluster, type LiveCluster } from './build-cluster.ts';
import { sweepDeadClusters } from './cluster-directory.ts';
import { type FromSupervisor, parseToSupervisor, type StartMessage } from './messages.ts';
import { createTeardown } from './teardown.ts';

const ending = new AbortController();
const teardown = createTeardown();
let cluster: LiveCluster | undefined;
let starting: Promise<void> = Promise.resolve();

process.on('message', (message) => {
  const parsed = parseToSupervisor(message);
  if (parsed?.type === 'start') starting = start(parsed);
  if (parsed?.type === 'stop') void end();
  if (parsed?.type === 'restart') void restart(parsed.id, parsed.program);
});
process.once('disconnect', () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
// The caller reads this; it may be gone.
process.stderr.on('error', () => {});

async function start(message: StartMessage): Promise<void> {
  try {
    await sweepDeadClusters();
    cluster = await buildCluster(message, {
      signal: ending.signal,
      teardown,
      log: (line) => send({ type: 'log', line }),
    });
    send({ type: 'processes', list: processes(cluster) });
    send({ type: 'ready', facts: cluster.facts });
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    void end();
  }
}

async function restart(id: number, program: string): Promise<void> {
  try {
    if (cluster === undefined) throw new Error('the cluster is not up yet');
    await cluster.programs.restart(program);
    send({ type: 'processes', list: processes(cluster) });
    send({ type: 'restarted', id, problem: undefined });
  } catch (error) {
    send({ type: 'restarted', id, problem: error instanceof Error ? error.message : String(error) });
  }
}

async function end(): Promise<void> {
  if (ending.signal.aborted) return;
  ending.abort(new Error('the cluster is ending'));
  await starting;
  const problems = await teardown.run();
  for (const problem of problems) send({ type: 'log', line: `Not removed: ${problem}` });
  process.exit(problems.length === 0 ? 0 : 1);
}

function processes({ programs }: LiveCluster): { name: string; pid: number }[] {
  return [{ name: 'supervisor', pid: process.pid }, ...programs.list()];
}

function send(message: FromSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}
