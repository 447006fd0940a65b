// A gate between a controller and the API server that lets a given number of moves through and refuses the next ones.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { generateAuthority, generateLeaf } from '../../certs/generate.ts';
import { startFaultProxy } from '../../local/git-server/fault-proxy.ts';
import { isRecord } from '../../src/lib/json.ts';
import type { System } from './system.ts';

export type Gate = {
  readonly kubeconfig: string;
  /** Calls `then` at the first workload patch after `count` of them; all further ones are refused. Resolves then. */
  afterPatches(count: number, then: () => void): Promise<void>;
  stop(): Promise<void>;
};

export async function gateBeforeApiServer({ cluster, confroll }: System): Promise<Gate> {
  const authority = await generateAuthority('gate before the API server');
  const { hostname, port } = new URL(cluster.server);
  const config = load(await readFile(confroll.controllerKubeconfig, 'utf8'));
  if (!isRecord(config) || !Array.isArray(config.clusters)) throw new Error('not a kubeconfig');
  const [entry] = config.clusters.filter(isRecord);
  const known = isRecord(entry?.cluster) ? entry.cluster : {};
  const ca =
    typeof known['certificate-authority'] === 'string'
      ? await readFile(known['certificate-authority'], 'utf8')
      : Buffer.from(String(known['certificate-authority-data']), 'base64').toString();
  let left = Number.POSITIVE_INFINITY;
  let onExcess = (): void => {};
  const proxy = await startFaultProxy({
    target: { host: hostname, port: Number(port), tls: { ca } },
    tls: await generateLeaf(authority, ['127.0.0.1']),
    affects: (requestLine) => {
      if (
        !/^PATCH \/apis\/apps\/v1\/namespaces\/[^/]+\/(deployments|statefulsets|daemonsets)\//.test(
          requestLine,
        )
      )
        return false;
      left -= 1;
      if (left < 0) onExcess();
      return left < 0;
    },
  });
  await proxy.set({ kind: 'status', status: 503 });
  const kubeconfig = join(cluster.directory, 'identities', `gate-${proxy.port}.kubeconfig`);
  const gated = {
    server: `https://127.0.0.1:${proxy.port}`,
    'certificate-authority-data': Buffer.from(authority.certificate).toString('base64'),
  };
  await writeFile(kubeconfig, dump({ ...config, clusters: [{ ...entry, cluster: gated }] }), { mode: 0o600 });
  return {
    kubeconfig,
    afterPatches(count, then) {
      const reached = Promise.withResolvers<void>();
      left = count;
      onExcess = () => {
        then();
        reached.resolve();
      };
      return reached.promise;
    },
    stop: () => proxy.stop(),
  };
}
