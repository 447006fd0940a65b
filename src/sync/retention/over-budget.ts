// Which GitConfigs and namespaces need more bytes than their budget: nothing that is needed is deleted for it, so it is said.

import type { GitConfig } from '../../api/gitconfig.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Log } from '../../lib/log.ts';
import { subjectOf } from '../subject-of.ts';
import type { Budgets, Plan } from './plan.ts';

export type OverBudget = {
  /** Of one namespace; said when it begins. */
  tell(namespace: string, over: Plan['over']): void;
  count(): number;
};

export function createOverBudget(deps: {
  readonly events: EventRecorder;
  readonly log: Log;
  readonly budgets: Budgets;
  readonly find: (key: string) => GitConfig | undefined;
}): OverBudget {
  const told = new Map<string, ReadonlySet<string>>();
  return {
    tell(namespace, over) {
      const before = told.get(namespace) ?? new Set();
      for (const { config, bytes } of over) {
        if (before.has(config ?? '')) continue;
        const budget = config === undefined ? deps.budgets.namespace : deps.budgets.config;
        const message = `Snapshots that are needed take ${mebibytes(bytes)} of ${mebibytes(budget)} ${config === undefined ? 'that a namespace has' : 'that a GitConfig has'}: all of them are kept, and none beside them; fewer old ReplicaSets (revisionHistoryLimit of the workloads) need fewer`;
        deps.log.warn(
          { namespace, config, bytes, budget },
          'more Snapshots are needed than their budget allows',
        );
        const found = config === undefined ? undefined : deps.find(`${namespace}/${config}`);
        if (found?.metadata.uid === undefined) continue;
        const subject = subjectOf(found);
        deps.events.record({ subject, type: 'Warning', reason: 'SnapshotsOverBudget', message });
      }
      if (over.length === 0) told.delete(namespace);
      else told.set(namespace, new Set(over.map(({ config }) => config ?? '')));
    },
    count: () => [...told.values()].reduce((total, { size }) => total + size, 0),
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
