// The hold label of Namespaces: watched by that label where the whole cluster is watched, read by name where only some
// namespaces are, because a watch of Namespaces is a right on the cluster.
import { holdLabel } from '../api/keys.ts';
import type { Kube } from '../kube/api.ts';
import { KubeError } from '../kube/kube-error.ts';
import { parseKubeObject } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import { createWatchCache } from '../kube/watch-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

export type NamespaceHolds = {
  /** The label's value; undefined without it, or where it may not be read. Rejects only with the signal's reason. */
  of(namespace: string, signal: AbortSignal): Promise<string | undefined>;
  /** Nobody tells of changes: whoever waits for the end of a hold must ask again. */
  readonly polled: boolean;
  whenSynced(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
};

type Deps = {
  readonly kube: Pick<Kube, 'list' | 'watch' | 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespaces: readonly string[] | 'all';
  readonly onChange: (namespace: string, urgency: 'now') => void;
};

export function createNamespaceHolds(deps: Deps): NamespaceHolds {
  return deps.namespaces === 'all' ? watched(deps) : read(deps);
}

function watched(deps: Deps): NamespaceHolds {
  const cache = createWatchCache(
    {
      resource: resources.namespaces,
      namespaces: 'all',
      labelSelector: holdLabel,
      metadataOnly: true,
      parse: parseKubeObject,
    },
    { ...deps, onChange: ({ object }) => deps.onChange(object.metadata.name, 'now') },
  );
  return {
    of: async (namespace) => cache.get(undefined, namespace)?.metadata.labels?.[holdLabel],
    polled: false,
    whenSynced: (signal) => cache.whenSynced(signal),
    run: (signal) => cache.run(signal),
  };
}

// A person who puts the label on expects it to hold at once; a pass may come many times a second.
const rememberMilliseconds = 1_000;

function read({ kube, clock, log }: Deps): NamespaceHolds {
  const known = new Map<string, { readonly value: string | undefined; readonly until: number }>();
  return {
    async of(namespace, signal) {
      const before = known.get(namespace);
      if (before !== undefined && clock.monotonic() < before.until) return before.value;
      const value = await kube
        .get({ resource: resources.namespaces, name: namespace }, parseKubeObject, {
          signal,
          metadataOnly: true,
        })
        .then((object) => object?.metadata.labels?.[holdLabel])
        .catch((error: unknown) => {
          if (!(error instanceof KubeError)) throw error;
          // Without the right to read it the label cannot count; with a fault of the moment, what it said before does.
          if (error.details.status === 403) return undefined;
          log.warn({ err: error, namespace }, 'the hold label of a Namespace could not be read');
          return before?.value;
        });
      known.set(namespace, { value, until: clock.monotonic() + rememberMilliseconds });
      return value;
    },
    polled: true,
    whenSynced: async () => {},
    run: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}
