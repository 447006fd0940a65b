// Takes one Snapshot away: its base first, since one that exists is a whole Snapshot, then the rest. Each object only as it
// was seen. Cut off in the middle, what is left has no base and goes like any other that nothing needs: after the grace.
import type { Kube } from '../../kube/api.ts';
import { isKubeStatus } from '../../kube/kube-error.ts';
import { resources } from '../../kube/resources.ts';
import { objectsOf, type StoredSnapshot } from './stored.ts';

/** `changed`: somebody has changed an object of it meanwhile, or made it anew; it is looked at again. */
export async function removeSnapshot(
  snapshot: StoredSnapshot,
  kube: Pick<Kube, 'delete'>,
  signal: AbortSignal,
): Promise<'removed' | 'changed'> {
  for (const { metadata } of objectsOf(snapshot)) {
    const { namespace, name, uid, resourceVersion } = metadata;
    if (uid === undefined || resourceVersion === undefined) return 'changed';
    const ref = { resource: resources.configMaps, namespace, name };
    try {
      await kube.delete(ref, { signal, preconditions: { uid, resourceVersion } });
    } catch (error) {
      if (isKubeStatus(error, 409)) return 'changed';
      if (!isKubeStatus(error, 404)) throw error;
    }
  }
  return 'removed';
}
