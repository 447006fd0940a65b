// The steps that make a cluster, run by the supervisor.
import { type Binaries, findBinaries } from '../binaries/binaries.ts';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { clusterName, makeClusterDirectory, removeClusterDirectory } from './cluster-directory.ts';
import { startControlPlane } from './control-plane.ts';
import { addresses } from './control-plane-programs.ts';
import type { ClusterFacts, Nodes, StartMessage } from './messages.ts';
import { createNamespaces, firstChild } from './namespaces.ts';
import { createPrograms, type Programs } from './programs.ts';
import { startContainerRuntime, startNode } from './real-node.ts';
import { whyNoRealNode } from './real-node-prerequisites.ts';
import { startSimulatedNodes } from './simulated-nodes.ts';
import type { Teardown } from './teardown.ts';
import { createVeth } from './veth.ts';
import { bothOrNone } from './while-running.ts';
import { withParent } from './with-parent.ts';

export type BuildContext = {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly teardown: Teardown;
};

export type LiveCluster = { readonly facts: ClusterFacts; readonly programs: Programs };

type Plan = BuildContext & {
  readonly name: string;
  readonly directory: string;
  readonly binaries: Binaries;
  readonly audit: boolean;
};

const nodeName = 'node1';

/** Rejects when a step fails; what was made until then is in the teardown. */
export async function buildCluster(message: StartMessage, context: BuildContext): Promise<LiveCluster> {
  const name = clusterName();
  const { environment } = message;
  const missing = message.nodes === 'real' ? await whyNoRealNode({ ...context, name, environment }) : [];
  const nodes = missing.length > 0 ? 'simulated' : message.nodes;
  const binaries = await findBinaries(nodes, environment, context);
  const started = performance.now();
  context.teardown.add('the folder of the cluster', () => removeClusterDirectory(name));
  const directory = await makeClusterDirectory(name);
  const plan = { ...context, name, directory, binaries, audit: message.audit };
  const cluster = await (nodes === 'real' ? buildInside(plan) : buildOnHost(nodes, plan));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  context.log(`The cluster is ready after ${seconds} s: ${cluster.facts.server}`);
  return { ...cluster, facts: { ...cluster.facts, missing } };
}

async function buildOnHost(nodes: Exclude<Nodes, 'real'>, plan: Plan): Promise<LiveCluster> {
  const { directory, log, teardown } = plan;
  const prefix = withParent();
  const onEnd = (error: Error): void => log(error.message);
  const programs = createPrograms({ directory, prefix, workerPid: (pid) => pid, onEnd });
  teardown.add('the programs', () => programs.killAll());
  const controllers = nodes === 'simulated';
  const plane = await startControlPlane({ ...plan, programs, controllers, inside: undefined });
  if (nodes === 'simulated') await startSimulatedNodes(plane, { ...plan, programs });
  return {
    programs,
    facts: {
      ...facts(plan, plane),
      nodes,
      gateway: undefined,
      inside: undefined,
      prefix,
      containerd: [],
    },
  };
}

async function buildInside(plan: Plan): Promise<LiveCluster> {
  const { name, directory, signal, log, teardown } = plan;
  teardown.add('the cgroups', () => removeCgroups(name));
  await makeCgroups(name);
  const gateway = `${addresses.gateway}/24`;
  const namespaces = await createNamespaces({ directory, nodeName, gateway, teardown, signal });
  const { inside } = await createVeth(namespaces, teardown, signal);
  const programs = createPrograms({
    directory,
    // Entering a mount namespace loses the working directory.
    prefix: [...namespaces.prefix, 'env', '-C', directory],
    workerPid: (pid) => firstChild(pid) ?? pid,
    onEnd: (error) => log(error.message),
  });
  teardown.add('the programs', () => programs.killAll());
  const options = { ...plan, name: nodeName, cgroup: name, programs, namespaces };
  const [plane, runtime] = await bothOrNone(
    signal,
    (both) => startControlPlane({ ...plan, programs, controllers: true, inside, signal: both }),
    (both) => startContainerRuntime({ ...options, signal: both }),
  );
  await startNode(plane, runtime, options);
  return {
    programs,
    facts: {
      ...facts(plan, plane),
      nodes: 'real',
      gateway: addresses.gateway,
      inside,
      prefix: namespaces.prefix,
      containerd: runtime.address,
    },
  };
}

function facts(
  { binaries, directory }: Plan,
  { kubeconfig, server }: { readonly kubeconfig: string; readonly server: string },
) {
  return { kubeconfig, server, directory, kubectl: binaries.path('kubectl'), missing: [] };
}
