// A whole confroll for a test file: an API server with its controllers and simulated nodes, a Git server, and confroll's
// programs as processes with the rights that manifests/ gives them.
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Cluster, startCluster } from '../../local/cluster.ts';
import { installAsProcesses, type ProcessInstallation } from '../../local/confroll/as-processes.ts';
import { admissionAnswers } from '../../local/confroll/in-cluster.ts';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { createKubectl } from '../../local/kubectl.ts';
import { type AuditedRequest, auditedSince } from './audit.ts';
import { createReader, type Reader } from './reader.ts';

export type System = Reader & {
  readonly cluster: Cluster;
  readonly git: GitServer;
  readonly confroll: ProcessInstallation;
  /** A new namespace; gives its name. */
  namespace(): Promise<string>;
  /** Requests that the API server has answered since then (milliseconds since 1970). */
  audited(since: number): Promise<AuditedRequest[]>;
};

type SystemOptions = {
  readonly controllers?: number;
  readonly webhooks?: number;
  readonly controllerFlags?: string[];
};

/** Registers start and end with vitest; call the result inside tests only. */
export function useSystem(options: SystemOptions = {}): () => System {
  let system: System | undefined;
  const parts: { stop(): Promise<void> }[] = [];
  beforeAll(async () => {
    const cluster = await startCluster({ nodes: 'simulated', audit: true });
    parts.unshift(cluster);
    const kubectl = createKubectl(cluster);
    const git = await startGitServer();
    parts.unshift(git);
    const confroll = await installAsProcesses(cluster, kubectl);
    parts.unshift(confroll);
    const webhooks = Array.from({ length: options.webhooks ?? 1 }, () => confroll.startWebhook());
    const flags = options.controllerFlags ?? [];
    const controllers = Array.from({ length: options.controllers ?? 1 }, () =>
      confroll.startController(...flags),
    );
    await Promise.all([...webhooks, ...controllers]);
    const reader = createReader(kubectl, cluster.kubeconfig);
    parts.push({ stop: async () => reader.close() });
    system = createSystem(cluster, reader, git, confroll);
    await admissionAnswers(kubectl, AbortSignal.timeout(60_000));
  }, 900_000);
  afterAll(async () => {
    for (const part of parts) await part.stop();
  }, 60_000);
  return () => {
    if (system === undefined) throw new Error('the system is there only inside tests');
    return system;
  };
}

function createSystem(
  cluster: Cluster,
  reader: Reader,
  git: GitServer,
  confroll: ProcessInstallation,
): System {
  let namespaces = 0;
  return {
    cluster,
    git,
    confroll,
    async namespace() {
      namespaces += 1;
      const name = `test-${namespaces}`;
      await reader.kubectl(['create', 'namespace', name]);
      return name;
    },
    ...reader,
    audited: (since) => auditedSince(join(cluster.directory, 'audit.log'), since),
  };
}
