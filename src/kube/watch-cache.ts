// List and watch of a resource kept in a map: the whole cluster, or one watch for each namespace. Deletions that
// happened while nobody watched are reported, and an older object never replaces a newer one.

import type { KubeObject } from '../api/objects.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Kube, Resource } from './api.ts';
import { parseKubeObject } from './parse.ts';
import { isOlder } from './resource-version.ts';
import { runWatch, type WatchSink } from './watch.ts';

export type WatchTarget<T> = {
  readonly resource: Resource;
  /** `all` for cluster-scoped resources too. */
  readonly namespaces: readonly string[] | 'all';
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  /** An object on which it throws is logged and left as it was. */
  readonly parse: (raw: unknown) => T;
};

export type Change<T> =
  | { readonly kind: 'set'; readonly object: T; readonly previous: T | undefined }
  | { readonly kind: 'deleted'; readonly object: T };

export type WatchCache<T extends KubeObject> = {
  get(namespace: string | undefined, name: string): T | undefined;
  list(namespace?: string): T[];
  /** Every namespace was listed at least once. */
  synced(): boolean;
  /** Rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** The answer to a write of our own; it is reported like a change that came from outside, unless it is old news. */
  put(object: T): void;
  /** Until the signal fires. Rejects only when `onChange` throws. */
  run(signal: AbortSignal): Promise<void>;
};

export type WatchCacheDeps<T> = {
  readonly kube: Pick<Kube, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after the map has changed. It must not throw. */
  readonly onChange: (change: Change<T>) => void;
  /** False: the object is reported and not kept, so that its deletion during a gap stays unknown. */
  readonly retain?: (object: T) => boolean;
  readonly idleMilliseconds?: number;
};

/** Stands for "all namespaces" in the places; no namespace has this name. */
const everywhere = '';

export function createWatchCache<T extends KubeObject>(
  target: WatchTarget<T>,
  deps: WatchCacheDeps<T>,
): WatchCache<T> {
  const kept = new Map<string, T>();
  const places = target.namespaces === 'all' ? [everywhere] : [...new Set(target.namespaces)];
  /** How far each watch has come: whatever is not newer is known already. */
  const reached = new Map<string, string>();
  const allSynced = Promise.withResolvers<void>();

  return {
    get: (namespace, name) => kept.get(keyOf(namespace, name)),
    list: (namespace) =>
      namespace === undefined
        ? [...kept.values()]
        : [...kept.values()].filter((object) => object.metadata.namespace === namespace),
    synced: () => reached.size === places.length,
    whenSynced: (signal) => untilAborted(allSynced.promise, signal),
    put(object) {
      const place = target.namespaces === 'all' ? everywhere : (object.metadata.namespace ?? everywhere);
      // The watch has been past this write, and what it said since, such as a deletion, must stand.
      if (!isOlder(reached.get(place), object.metadata.resourceVersion)) return;
      set(object);
    },
    async run(signal) {
      if (places.length === 0) allSynced.resolve();
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const loops = places.map((place) =>
        runWatch(selectionOf(target, place), sinkOf(place), deps, either).finally(() => stop.abort()),
      );
      const failed = (await Promise.allSettled(loops)).find((loop) => loop.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };

  function sinkOf(place: string): WatchSink {
    return {
      listed(items, resourceVersion) {
        const present = new Set<string>();
        for (const raw of items) {
          const name = nameOf(raw);
          if (name === undefined) continue;
          present.add(name);
          const object = parsed(raw);
          if (object !== undefined) set(object);
        }
        reached.set(place, resourceVersion);
        for (const [key, object] of kept) {
          if (present.has(key) || !isIn(place, object)) continue;
          // Written after the list was made: the watch will tell.
          if (isOlder(resourceVersion, object.metadata.resourceVersion)) continue;
          remove(key, object);
        }
        if (reached.size === places.length) allSynced.resolve();
      },
      changed(type, raw) {
        if (type === 'set') {
          const object = parsed(raw);
          if (object !== undefined) set(object);
          return;
        }
        const key = nameOf(raw);
        if (key === undefined) return;
        const known = kept.get(key);
        const object = parsed(raw) ?? known;
        if (object === undefined) return;
        // An earlier incarnation was deleted; the object that we have was made since.
        if (known !== undefined && isOlder(object.metadata.resourceVersion, known.metadata.resourceVersion))
          return;
        remove(key, object);
      },
      reached: (resourceVersion) => {
        reached.set(place, resourceVersion);
      },
    };
  }

  function set(object: T): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = kept.get(key);
    // The same version again is the echo of our own write, or of a list.
    if (previous !== undefined && !isNews(previous, object)) return;
    if (deps.retain === undefined || deps.retain(object)) kept.set(key, object);
    else kept.delete(key);
    deps.onChange({ kind: 'set', object, previous });
  }

  function remove(key: string, object: T): void {
    kept.delete(key);
    deps.onChange({ kind: 'deleted', object });
  }

  function parsed(raw: unknown): T | undefined {
    try {
      return target.parse(raw);
    } catch (error) {
      deps.log.warn(
        { err: error, resource: target.resource.plural },
        'object not understood, left as it was',
      );
      return undefined;
    }
  }
}

function selectionOf<T>(target: WatchTarget<T>, place: string) {
  const { resource, labelSelector, fieldSelector, metadataOnly = false } = target;
  const namespace = place === everywhere ? undefined : place;
  return { resource, namespace, labelSelector, fieldSelector, metadataOnly };
}

function isIn(place: string, object: KubeObject): boolean {
  return place === everywhere || object.metadata.namespace === place;
}

function isNews(previous: KubeObject, object: KubeObject): boolean {
  const before = previous.metadata.resourceVersion;
  const now = object.metadata.resourceVersion;
  return now !== before && !isOlder(now, before);
}

/** Undefined for what has no name: the parser says so in the log. */
function nameOf(raw: unknown): string | undefined {
  try {
    const { metadata } = parseKubeObject(raw);
    return keyOf(metadata.namespace, metadata.name);
  } catch {
    return undefined;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
