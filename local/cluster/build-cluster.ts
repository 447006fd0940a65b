// The steps that make a cluster, run by the supervisor.
import { type Binaries, findBinaries } from '../binaries/binaries.ts';
import { clusterName, makeClusterDirectory, removeClusterDirectory } from './cluster-directory.ts';
import { startControlPlane } from './control-plane.ts';
import type { ClusterFacts, StartMessage } from './messages.ts';
import { createPrograms, type Programs } from './programs.ts';
import { startSimulatedNodes } from './simulated-nodes.ts';
import type { Teardown } from './teardown.ts';
import { withParent } from './with-parent.ts';

export type BuildContext = {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly teardown: Teardown;
};

export type LiveCluster = { readonly facts: ClusterFacts; readonly programs: Programs };

/** Rejects when a step fails; what was made until then is in the teardown. */
export async function buildCluster(message: StartMessage, context: BuildContext): Promise<LiveCluster> {
  const nodes = message.nodes === 'real' ? 'simulated' : message.nodes;
  const binaries = await findBinaries(nodes, message.environment, context);
  return buildOnHost(nodes, message.audit, binaries, context);
}

async function buildOnHost(
  nodes: 'none' | 'simulated',
  audit: boolean,
  binaries: Binaries,
  { signal, log, teardown }: BuildContext,
): Promise<LiveCluster> {
  const started = performance.now();
  const name = clusterName();
  teardown.add('the folder of the cluster', () => removeClusterDirectory(name));
  const directory = await makeClusterDirectory(name);
  const prefix = withParent();
  const programs = createPrograms({
    directory,
    prefix,
    workerPid: (pid) => pid,
    onEnd: (error) => log(error.message),
  });
  teardown.add('the programs', () => programs.killAll());
  const plane = await startControlPlane({
    binaries,
    directory,
    programs,
    audit,
    signal,
    controllers: nodes !== 'none',
    inside: undefined,
  });
  if (nodes === 'simulated') await startSimulatedNodes(plane, { binaries, programs, signal });
  log(`The cluster is ready after ${((performance.now() - started) / 1000).toFixed(1)} s: ${plane.server}`);
  return {
    programs,
    facts: {
      kubeconfig: plane.kubeconfig,
      kubectl: binaries.path('kubectl'),
      nodes,
      missing: [],
      directory,
      server: plane.server,
      gateway: undefined,
      inside: undefined,
      prefix,
      containerd: [],
    },
  };
}
