// The reloader: Snapshot -> Pins. It watches, and makes a pass over each namespace in which something changed.
import type { Registry } from 'prom-client';
import type { Kube } from '../kube/api.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Clock } from '../lib/clock.ts';
import { createKeyedQueue } from '../lib/keyed-queue.ts';
import type { Log } from '../lib/log.ts';
import { createCaches } from './caches.ts';
import { createReloaderMetrics } from './metrics.ts';
import { createPass } from './pass.ts';
import { createSnapshots } from './snapshots.ts';

export type ReloaderDeps = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly registry: Registry;
  readonly namespaces: readonly string[] | 'all';
  readonly version: string;
};

// A commit that changes several GitConfigs arrives as a burst; a person waits for none of these.
const settleMilliseconds = 10;
// In a rollout each workload's status changes many times; they are counted, not acted on.
const countsMilliseconds = 250;
// Namespaces at a time: the writes have a limit of their own over all of them.
const workers = 8;

/** Its `run` resolves when the signal fires and everything under way has ended. It rejects only on a bug. */
export function createReloader(deps: ReloaderDeps): { run(signal: AbortSignal): Promise<void> } {
  const { kube, clock, log } = deps;
  const caches = createCaches({
    kube,
    clock,
    log,
    namespaces: deps.namespaces,
    onChange: (namespace, urgency) =>
      urgency === 'now' ? queue.add(namespace) : queue.addAfter(namespace, countsMilliseconds),
  });
  const snapshots = createSnapshots({ cache: caches.snapshots, kube, clock, log });
  const metrics = createReloaderMetrics(deps.registry);
  const pass = createPass({ kube, clock, log, events: deps.events, caches, snapshots, metrics });
  const queue = createKeyedQueue({
    clock,
    workers,
    settleMilliseconds,
    async reconcile(namespace, signal) {
      const again = await pass(namespace, signal);
      if (again !== undefined) queue.addAfter(namespace, again);
    },
    onError: (namespace, error) => log.warn({ err: error, namespace }, 'pass failed, it is made again'),
  });

  return {
    async run(signal) {
      log.info({ version: deps.version }, 'reloader starts');
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const parts = [caches.run(either), work(either)].map((part) => part.finally(() => stop.abort()));
      const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };

  /** Before everything was listed, absent would mean nothing. */
  async function work(signal: AbortSignal): Promise<void> {
    try {
      await caches.whenSynced(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await queue.run(signal);
  }
}
