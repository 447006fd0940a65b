// What is measured of the keeping of Snapshots. No label names a GitConfig or a namespace: those are without bound.
import { Counter, Gauge, type Registry } from 'prom-client';

export type RetentionMetrics = {
  collected(outcome: 'removed' | 'changed'): void;
  restored(outcome: 'success' | 'lost'): void;
};

/** `overBudget`: how many GitConfigs and namespaces need more bytes than their budget. */
export function createRetentionMetrics(registry: Registry, overBudget: () => number): RetentionMetrics {
  const registers = [registry];
  const collected = new Counter({
    name: 'confroll_snapshots_collected_total',
    help: 'Snapshots that nothing needed any more, by outcome: removed, or changed by somebody meanwhile.',
    labelNames: ['outcome'],
    registers,
  });
  const restored = new Counter({
    name: 'confroll_snapshots_restored_total',
    help: 'Snapshots that workloads name and that were absent, by outcome: success (made again from Git), or lost.',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'confroll_snapshots_over_budget',
    help: 'GitConfigs and namespaces whose needed Snapshots take more bytes than their budget.',
    registers,
    collect() {
      this.set(overBudget());
    },
  });
  return {
    collected: (outcome) => collected.inc({ outcome }),
    restored: (outcome) => restored.inc({ outcome }),
  };
}
