// Writes sync's part of a GitConfig's status when it differs from what stands, and only then.
import { isDeepStrictEqual } from 'node:util';
import type { GitConfig } from '../api/gitconfig.ts';
import { fieldManagers } from '../api/keys.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import { parseGitConfig } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import { currentStatus, type SyncWish } from './next-status.ts';

/**
 * The written object; undefined when nothing had to be written, or the GitConfig is gone. With `ifVersion` it rejects with
 * a conflict when the object is not of that version any more.
 */
export async function applyStatus(
  config: GitConfig,
  wish: SyncWish,
  kube: Pick<Kube, 'patch'>,
  signal: AbortSignal,
  { ifVersion }: { readonly ifVersion?: string | undefined } = {},
): Promise<GitConfig | undefined> {
  if (isDeepStrictEqual(currentStatus(config), wish)) return undefined;
  const { name, namespace, uid } = config.metadata;
  const body = {
    apiVersion: 'confroll.dev/v1alpha1',
    kind: 'GitConfig',
    // With the uid it is refused for another object of the same name.
    metadata: {
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(ifVersion === undefined ? {} : { resourceVersion: ifVersion }),
    },
    status: wish,
  };
  const ref = { resource: resources.gitConfigs, namespace, name };
  const options = { signal, fieldManager: fieldManagers.sync, subresource: 'status' } as const;
  try {
    return await kube.patch(ref, { kind: 'apply', body }, parseGitConfig, options);
  } catch (error) {
    if (isKubeStatus(error, 404)) return undefined;
    throw error;
  }
}
