// What the reloader counts. No label holds a name of a workload: there may be thousands.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkloadKind } from '../api/workloads.ts';
import type { StateKind } from './workload-state.ts';

export type ReloaderMetrics = {
  moved(kind: WorkloadKind, outcome: 'moved' | 'conflict' | 'gone' | 'refused' | 'not-admitted'): void;
  patchRefused(kind: WorkloadKind): void;
  poked(kind: WorkloadKind): void;
  pass(seconds: number): void;
  /** Replaces what was said of the namespace before. */
  states(namespace: string, counts: Readonly<Record<StateKind, number>>): void;
};

export function createReloaderMetrics(registry: Registry): ReloaderMetrics {
  const registers = [registry];
  const moves = new Counter({
    name: 'confroll_reloader_moves_total',
    help: 'Changes of Pod templates that were tried, by kind of workload and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const refused = new Counter({
    name: 'confroll_reloader_patches_refused_total',
    help: 'Patches of workloads, of labels alone too, that the API server did not want.',
    labelNames: ['kind'],
    registers,
  });
  const pokes = new Counter({
    name: 'confroll_reloader_pokes_total',
    help: 'Writes that ended the back-off of a controller whose Pods were refused.',
    labelNames: ['kind'],
    registers,
  });
  const passes = new Histogram({
    name: 'confroll_reloader_pass_duration_seconds',
    help: 'Time of a pass over one namespace.',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const namespaces = new Map<string, Readonly<Record<StateKind, number>>>();
  new Gauge({
    name: 'confroll_reloader_workloads',
    help: 'Workloads, once for each GitConfig that they ask for, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of ['current', 'updating', 'held', 'failed'] as const) {
        let total = 0;
        for (const counts of namespaces.values()) total += counts[state];
        this.set({ state }, total);
      }
    },
  });
  return {
    moved: (kind, outcome) => moves.inc({ kind, outcome }),
    patchRefused: (kind) => refused.inc({ kind }),
    poked: (kind) => pokes.inc({ kind }),
    pass: (seconds) => passes.observe(seconds),
    states(namespace, counts) {
      const empty = Object.values(counts).every((count) => count === 0);
      if (empty) namespaces.delete(namespace);
      else namespaces.set(namespace, counts);
    },
  };
}
