// A real Kubernetes on this machine, without Docker: starts it, tells where it is, takes all of it away.
import type { ChildProcess } from 'node:child_process';
import { importImage } from './cluster/import-image.ts';
import { createInsideChildren, type InsideOptions } from './cluster/inside-children.ts';
import type { ClusterFacts, Nodes } from './cluster/messages.ts';
import { spawnSupervisor } from './cluster/supervisor-process.ts';
import { readEnvironment } from './environment.ts';

export type { Nodes } from './cluster/messages.ts';

export type ClusterOptions = {
  /**
   * `none`: etcd and API server only, no controllers, so that nothing moves but what the caller moves (and no Pod can be
   * created before somebody creates its service account). `simulated`: controllers, scheduler and nodes that kwok plays.
   * `real`: kubelet, containerd and kube-proxy in private namespaces of the kernel; needs Linux and root.
   */
  readonly nodes: Nodes;
  /** Receives progress, one line at a time. */
  readonly log?: (line: string) => void;
  /** Ends the cluster, started or not. */
  readonly signal?: AbortSignal;
  /** Writes every answered request to `audit.log` in the cluster's folder: JSON lines of level Metadata. */
  readonly audit?: boolean;
};

export type Cluster = Omit<ClusterFacts, 'prefix' | 'containerd'> & {
  /** Ids as the host sees them. */
  processes(): readonly { readonly name: string; readonly pid: number }[];
  /** Gives a docker archive to the real node; does nothing without one. */
  importImage(archive: string): Promise<void>;
  /** Starts a program where the cluster's own run: on a real node it shares the network that Pods reach. Ends with the cluster. */
  spawnInside(argv: readonly string[], options?: InsideOptions): ChildProcess;
  /** Kills one program, as `kube-controller-manager`, and starts it again; rejects for a name that is not in `processes()`. */
  restart(program: string): Promise<void>;
  /** Resolves when everything is gone. May be called again. */
  stop(): Promise<void>;
};

/**
 * Starts a cluster and resolves when it is ready to be used. The first call on a machine builds the programs, which takes
 * minutes and is told through `log`. Rejects with what failed and what to do; nothing is left behind then, nor when the
 * caller's process ends in any way.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { signal, nodes, audit = false, log = () => {} } = options;
  signal?.throwIfAborted();
  const supervisor = spawnSupervisor(log);
  const onAbort = (): void => void supervisor.stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  void supervisor.ended.then(() => signal?.removeEventListener('abort', onAbort));
  const facts = await supervisor
    .start({ type: 'start', nodes, audit, environment: readEnvironment() })
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  const children = createInsideChildren(facts);
  void supervisor.ended.then(() => children.killAll());
  const { prefix: _, containerd, ...visible } = facts;
  return {
    ...visible,
    processes: () => supervisor.processes(),
    importImage: (archive) => importImage(archive, containerd, children),
    spawnInside: (argv, inside) => children.spawn(argv, inside),
    restart: (program) => supervisor.restart(program),
    async stop() {
      await children.killAll();
      await supervisor.stop();
    },
  };
}
