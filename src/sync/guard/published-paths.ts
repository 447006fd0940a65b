// The paths of the files of a published Snapshot, out of the annotations of its objects.
import type { GitConfig } from '../../api/gitconfig.ts';
import type { Hash12 } from '../../api/identifiers.ts';
import { parseSnapshot, snapshotName } from '../../api/snapshot.ts';
import { parsePart, shardName } from '../../api/snapshot-parts.ts';
import type { Kube } from '../../kube/api.ts';
import { parseKubeObject } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';

/**
 * Undefined when not all of it is there. Of an object whose annotations somebody changed there are none: it is not made
 * again while it is there, and nobody is to wait for that. Rejects when the API server does not answer.
 */
export async function publishedPaths(
  { metadata }: GitConfig,
  hash: Hash12,
  kube: Pick<Kube, 'get'>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { namespace, name: config } = metadata;
  const read = async (name: string) => {
    const ref = { resource: resources.configMaps, namespace, name };
    return (await kube.get(ref, parseKubeObject, { signal, metadataOnly: true }))?.metadata;
  };
  const found = await read(snapshotName(config, hash));
  if (found === undefined) return undefined;
  const base = parseSnapshot(found);
  if (base === undefined) return [];
  const paths = base.files.map(({ path }) => path);
  for (let index = 1; index <= base.shards; index += 1) {
    const metadataOfShard = await read(shardName(config, hash, index));
    if (metadataOfShard === undefined) return undefined;
    const shard = parsePart(metadataOfShard);
    if (shard?.kind === 'shard') paths.push(...shard.files.map(({ path }) => path));
  }
  return paths;
}
