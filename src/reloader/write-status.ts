// Writes the reloader's part of a GitConfig's status: when it differs, and while only counts move, once a second.
import type { GitConfig } from '../api/gitconfig.ts';
import { fieldManagers } from '../api/keys.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import { resources } from '../kube/resources.ts';
import type { Clock } from '../lib/clock.ts';
import { type OwnStatus, statusDifference, writtenStatus } from './status.ts';

export type StatusWriter = {
  /** Milliseconds after which it wants to be asked again; undefined when all is said. Rejects with a KubeError. */
  write(gitConfig: GitConfig, status: OwnStatus, signal: AbortSignal): Promise<number | undefined>;
};

const betweenDetailsMilliseconds = 1_000;
// Enough for the GitConfigs of a large cluster; one forgotten here only writes its counts a little sooner.
const maxRemembered = 10_000;

export function createStatusWriter(deps: {
  readonly kube: Pick<Kube, 'patch'>;
  readonly clock: Clock;
  readonly parse: (raw: unknown) => GitConfig;
  readonly put: (gitConfig: GitConfig) => void;
}): StatusWriter {
  const { kube, clock } = deps;
  const writtenAt = new Map<string, number>();

  return {
    async write(gitConfig, status, signal) {
      const difference = statusDifference(writtenStatus(gitConfig), status);
      if (difference === 'none') return undefined;
      const { name, namespace, uid } = gitConfig.metadata;
      const key = `${namespace}/${name}/${uid}`;
      const last = writtenAt.get(key) ?? Number.NEGATIVE_INFINITY;
      const wait = last + betweenDetailsMilliseconds - clock.monotonic();
      if (difference === 'details' && wait > 0) return wait;
      const body = {
        apiVersion: 'confroll.dev/v1alpha1',
        kind: 'GitConfig',
        // With its uid it cannot become the status of one that was made anew.
        metadata: { name, namespace, uid },
        status,
      };
      const ref = { resource: resources.gitConfigs, namespace, name };
      const write = { signal, fieldManager: fieldManagers.reloader, subresource: 'status' } as const;
      try {
        deps.put(await kube.patch(ref, { kind: 'apply', body }, deps.parse, write));
      } catch (error) {
        // Deleted meanwhile: the watch is about to tell.
        if (isKubeStatus(error, 404)) return undefined;
        throw error;
      }
      writtenAt.delete(key);
      writtenAt.set(key, clock.monotonic());
      const [oldest] = writtenAt.keys();
      if (writtenAt.size > maxRemembered && oldest !== undefined) writtenAt.delete(oldest);
      return undefined;
    },
  };
}
