// Nodes that exist in the API only: kwok answers for their kubelets, so that Pods become Ready and deleted ones go away.
import { join } from 'node:path';
import type { Binaries } from '../binaries/binaries.ts';
import type { StartedControlPlane } from './control-plane.ts';
import { isReadyNode } from './node-ready.ts';
import type { Programs } from './programs.ts';
import { writeKubeconfig } from './users.ts';
import { whileRunning } from './while-running.ts';

// Enough that a scheduler has a choice and a drain has somewhere to go.
const names = ['node1', 'node2', 'node3'];

export type SimulatedNodesOptions = {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly programs: Programs;
  readonly signal: AbortSignal;
};

/** Resolves when all nodes are Ready. */
export async function startSimulatedNodes(
  plane: StartedControlPlane,
  options: SimulatedNodesOptions,
): Promise<void> {
  const { server, ca, tokens } = plane;
  const kubeconfig = join(options.directory, 'kubeconfigs', 'kwok.json');
  await writeKubeconfig(kubeconfig, { server, ca, token: tokens.simulatedNodes });
  const kwok = options.programs.start({
    name: 'kwok',
    argv: [
      options.binaries.path('kwok'),
      `--kubeconfig=${kubeconfig}`,
      '--manage-all-nodes=true',
      // Without leases the node controller misses heartbeats and writes to Pods about every 40 s.
      '--node-lease-duration-seconds=40',
      '--cidr=198.18.16.0/20',
      '--server-address=',
    ],
  });
  for (const name of names) {
    const answer = await plane.client.send(
      { method: 'POST', path: '/api/v1/nodes', body: nodeObject(name) },
      options.signal,
    );
    if (answer.status !== 201) throw new Error(`the API server refused ${name}: ${answer.body}`);
  }
  await whileRunning([...plane.running, kwok], options.signal, async (signal) => {
    for (const name of names) {
      await plane.client.waitFor(`starting ${name}`, `/api/v1/nodes/${name}`, isReadyNode, signal);
    }
  });
}

function nodeObject(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    status: {
      allocatable: { cpu: '1000', memory: '1000Gi', pods: '10000' },
      capacity: { cpu: '1000', memory: '1000Gi', pods: '10000' },
    },
  };
}
