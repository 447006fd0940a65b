// `node local/cluster-command.ts up --nodes real|simulated|none`: a cluster that stays until Ctrl-C.
import { parseArgs } from 'node:util';
import { type Cluster, type Nodes, startCluster } from './cluster.ts';

const usage = `Usage: node local/cluster-command.ts up [--nodes real|simulated|none] [--audit]

Starts a Kubernetes on this machine, prints how to use it, and stays until Ctrl-C, which takes all of it away.
  --nodes   real (default; needs Linux and root), simulated (Pods become Ready without running), none (API server only)
  --audit   write every request to audit.log in the cluster's folder`;

const options = parseArguments();
if (options === undefined) {
  console.error(usage);
  process.exit(2);
}
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

try {
  const cluster = await startCluster({
    ...options,
    log: (line) => console.error(line),
    signal: interrupted.signal,
  });
  console.log(howToUse(cluster));
  await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve, { once: true }));
  await cluster.stop();
  console.error('Everything is gone.');
} catch (error) {
  if (!interrupted.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/** Undefined for arguments that make no sense. */
function parseArguments(): { nodes: Nodes; audit: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { nodes: { type: 'string', default: 'real' }, audit: { type: 'boolean', default: false } },
    });
    const { nodes, audit } = values;
    const isKnown = nodes === 'none' || nodes === 'simulated' || nodes === 'real';
    return isKnown && positionals.join(' ') === 'up' ? { nodes, audit } : undefined;
  } catch {
    return undefined;
  }
}

function howToUse(cluster: Cluster): string {
  return [
    ...cluster.missing,
    '',
    `A cluster with ${cluster.nodes} nodes is up at ${cluster.server}. In another terminal:`,
    `  export KUBECONFIG=${cluster.kubeconfig}`,
    `  alias kubectl=${cluster.kubectl}`,
    '  kubectl get nodes',
    `Logs: ${cluster.directory}/logs. Ctrl-C takes everything away.`,
  ].join('\n');
}
