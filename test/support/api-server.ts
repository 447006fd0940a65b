// A real API server for a test file, without controllers: nothing moves but what the test moves.
import { afterAll, beforeAll } from 'vitest';
import { type Cluster, startCluster } from '../../local/cluster.ts';
import type { Connection, Kube } from '../../src/kube/api.ts';
import { connectionFromKubeconfig } from '../../src/kube/connection.ts';
import { createKube } from '../../src/kube/http.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';

export type ApiServer = {
  readonly cluster: Cluster;
  /** The admin's. */
  readonly connection: Connection;
  readonly kube: Kube;
  /** A new namespace; gives its name. */
  namespace(): Promise<string>;
};

/** Registers start and end with vitest; call the result inside tests only. */
export function useApiServer(): () => ApiServer {
  let server: (ApiServer & { close(): void }) | undefined;
  beforeAll(async () => {
    const cluster = await startCluster({ nodes: 'none' });
    server = await createApiServer(cluster).catch(async (error: unknown) => {
      await cluster.stop();
      throw error;
    });
  }, 900_000); // the first start on a machine builds the control plane
  afterAll(async () => {
    server?.close();
    await server?.cluster.stop();
  }, 60_000);
  return () => {
    if (server === undefined) throw new Error('the API server is there only inside tests');
    return server;
  };
}

async function createApiServer(cluster: Cluster): Promise<ApiServer & { close(): void }> {
  const connection = await connectionFromKubeconfig(cluster.kubeconfig);
  const kube = createKube(connection, { clock: systemClock, userAgent: 'confroll-test' });
  let namespaces = 0;
  return {
    cluster,
    connection,
    kube,
    close: () => kube.close(),
    async namespace() {
      namespaces += 1;
      const name = `test-${namespaces}`;
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const write = { signal: AbortSignal.timeout(30_000), fieldManager: 'test' };
      await kube.create({ resource: resources.namespaces }, body, parseKubeObject, write);
      return name;
    },
  };
}
