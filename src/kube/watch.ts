// The watch loop of one selection: list, watch from there, resume where it ended, list again when the API server has
// forgotten that place. It tells what it sees and keeps nothing but the place.
import { createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Kube, Selection } from './api.ts';
import { isKubeStatus, KubeError } from './kube-error.ts';
import { describeRef } from './request-path.ts';
import { resourceVersionOf } from './resource-version.ts';

export type WatchSelection = Selection & { readonly metadataOnly?: boolean };

/** What the loop tells. A sink that throws ends the loop: that would be a bug. */
export type WatchSink = {
  /** Everything that is there, as of `resourceVersion`; what is not in it is gone. */
  listed(items: readonly unknown[], resourceVersion: string): void;
  changed(type: 'set' | 'deleted', object: unknown): void;
  /** All that happened up to here was told. */
  reached(resourceVersion: string): void;
};

export type WatchDeps = {
  readonly kube: Pick<Kube, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** A watch that is silent for longer is given up and resumed. Default 90 s. */
  readonly idleMilliseconds?: number;
};

// Bookmarks come about once a minute. Silent for longer is a dead connection, or a type without any event since the API
// server started; to resume costs one request.
const defaultIdleMilliseconds = 90_000;
// Soon enough after a dropped connection that nobody notices; the most is how late the end of an outage is seen.
const retry = { initialMilliseconds: 400, maxMilliseconds: 10_000 };
// A watch that the server ended sooner was no watch: to ask again at once would hammer it.
const shortWatchMilliseconds = 1_000;

/** Runs until the signal fires. Rejects only when the sink throws. */
export async function runWatch(
  selection: WatchSelection,
  sink: WatchSink,
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff(retry, deps.clock);
  const place: Place = { resourceVersion: undefined, moved: false };
  while (!signal.aborted) {
    try {
      place.resourceVersion ??= await list(selection, sink, deps, signal);
      await follow(selection, place, sink, deps, signal);
      if (place.moved) backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KubeError)) throw error;
      if (place.moved) backoff.reset();
      const expired = isKubeStatus(error, 410);
      if (expired) place.resourceVersion = undefined;
      // A place that was followed may be forgotten once; a list that is forgotten as soon as it is given, is a fault.
      const wait =
        expired && place.moved ? 0 : Math.max(backoff.next(), error.details.retryAfterMilliseconds ?? 0);
      deps.log.warn(
        {
          err: error,
          resource: selection.resource.plural,
          namespace: selection.namespace,
          wait: Math.round(wait),
        },
        expired ? 'watch expired, listing again' : 'watch interrupted, trying again',
      );
      await deps.clock.sleep(wait, signal).catch(() => {}); // aborted: the loop ends by itself
    }
    place.moved = false;
  }
}

type Place = {
  /** Undefined: a list is needed. */
  resourceVersion: string | undefined;
  /** An event or a bookmark came since the last failure: the API server is well. */
  moved: boolean;
};

async function list(
  selection: WatchSelection,
  sink: WatchSink,
  { kube }: WatchDeps,
  signal: AbortSignal,
): Promise<string> {
  const { metadataOnly = false } = selection;
  const { items, resourceVersion } = await kube.list(selection, (raw) => raw, { signal, metadataOnly });
  sink.listed(items, resourceVersion);
  return resourceVersion;
}

/** One watch request. Resolves when it ended in good order or fell silent, rejects otherwise. */
async function follow(
  selection: WatchSelection,
  place: Place,
  sink: WatchSink,
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  const { metadataOnly = false } = selection;
  const idle = startIdleTimer(deps, signal);
  const started = deps.clock.monotonic();
  try {
    const resourceVersion = place.resourceVersion ?? '';
    for await (const event of deps.kube.watch(selection, {
      signal: idle.signal,
      resourceVersion,
      metadataOnly,
    })) {
      idle.seen();
      if (event.type === 'ERROR') throw endedByServer(selection, event.code, event.message);
      if (event.type !== 'BOOKMARK') sink.changed(event.type === 'DELETED' ? 'deleted' : 'set', event.object);
      const reached = event.type === 'BOOKMARK' ? event.resourceVersion : resourceVersionOf(event.object);
      if (reached === undefined || reached === '') continue;
      place.resourceVersion = reached;
      place.moved = true;
      sink.reached(reached);
    }
  } catch (error) {
    if (!idle.fired()) throw error;
    deps.log.debug(
      { resource: selection.resource.plural, namespace: selection.namespace },
      'watch was silent',
    );
    return;
  } finally {
    idle.stop();
  }
  if (!place.moved && deps.clock.monotonic() - started < shortWatchMilliseconds) {
    throw endedByServer(selection, 0, 'the watch ended as soon as it began');
  }
}

/** A signal that fires with the caller's, or when `seen` was not called for the idle time. */
function startIdleTimer(deps: WatchDeps, signal: AbortSignal) {
  const { clock, idleMilliseconds = defaultIdleMilliseconds } = deps;
  const watching = new AbortController();
  const forward = (): void => watching.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  let lastSeen = clock.monotonic();
  let fired = false;
  const run = async (): Promise<void> => {
    for (;;) {
      const left = lastSeen + idleMilliseconds - clock.monotonic();
      if (left <= 0) break;
      // One timer however many events: it looks again when it ends.
      await clock.sleep(left, watching.signal);
    }
    fired = true;
    watching.abort(new Error('the watch was silent for too long'));
  };
  run().catch(() => {}); // stopped
  return {
    signal: watching.signal,
    seen: () => {
      lastSeen = clock.monotonic();
    },
    fired: () => fired,
    stop: () => {
      signal.removeEventListener('abort', forward);
      watching.abort();
    },
  };
}

function endedByServer(selection: WatchSelection, status: number, message: string): KubeError {
  return new KubeError(message, {
    status,
    reason: status === 410 ? 'Expired' : 'WatchEnded',
    request: `WATCH ${describeRef(selection.resource, selection.namespace)}`,
  });
}
