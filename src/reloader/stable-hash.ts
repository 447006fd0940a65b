// The stable hash: what new Pods start with. It follows the wanted one only when that has proved itself.
import { rolledLabel, sickLabel } from '../api/keys.ts';
import type { Health } from './health.ts';
import { type ObservedWorkload, pinOf } from './observed-workload.ts';

export type PinnedWorkload = {
  readonly workload: ObservedWorkload;
  readonly health: Health;
  /** A person holds it, by an undo or a hold label. */
  readonly held: boolean;
};

export function stableHash(
  config: string,
  options: {
    readonly before: string | undefined;
    readonly wanted: string | undefined;
    readonly workloads: readonly PinnedWorkload[];
    readonly exists: (hash: string) => boolean;
  },
): string | undefined {
  const { wanted, exists } = options;
  const pinned = options.workloads.filter(({ workload }) => pinOf(workload, config) !== undefined);
  if (wanted === undefined || pinned.length === 0) return wanted;
  const proved = pinned.every(
    ({ workload, health, held }) =>
      held ||
      (pinOf(workload, config) === wanted &&
        // What an update strategy keeps back proves nothing, and is held back by a person.
        (health.kind === 'healthy' ||
          health.kind === 'partial' ||
          workload.metadata.labels?.[sickLabel(config)] === wanted)),
  );
  if (proved) return wanted;
  // New Pods cannot start with what is gone.
  if (options.before !== undefined && exists(options.before)) return options.before;
  return mostSettled(config, pinned, exists) ?? wanted;
}

/** For a GitConfig made anew, or restored: the content that most healthy workloads have settled on. */
function mostSettled(
  config: string,
  pinned: readonly PinnedWorkload[],
  exists: (hash: string) => boolean,
): string | undefined {
  const votes = new Map<string, number>();
  for (const { workload, health } of pinned) {
    const pin = pinOf(workload, config);
    const settled = pin !== undefined && workload.metadata.labels?.[rolledLabel(config)] === pin;
    if (!settled || health.kind !== 'healthy' || !exists(pin)) continue;
    votes.set(pin, (votes.get(pin) ?? 0) + 1);
  }
  // Equal votes must not flip from pass to pass.
  return [...votes].sort(([a, left], [b, right]) => right - left || a.localeCompare(b))[0]?.[0];
}
