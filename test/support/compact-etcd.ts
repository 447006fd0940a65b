// Compacts the history of a cluster's etcd: whatever is older than a revision can no longer be listed or watched.
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../../local/cluster.ts';

/** `revision` is the resourceVersion of any object: they are revisions of etcd. */
export async function compactEtcd(cluster: Cluster, revision: string): Promise<void> {
  // etcd answers JSON on the socket that the API server uses.
  const socketPath = join(cluster.directory, 'etcd:0');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request({
    socketPath,
    path: '/v3/kv/compaction',
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
  });
  call.once('error', reject);
  call.once('response', (response) => {
    text(response).then((answer) => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`etcd did not compact: ${answer}`));
    }, reject);
  });
  call.end(JSON.stringify({ revision, physical: true }));
  await promise;
}
