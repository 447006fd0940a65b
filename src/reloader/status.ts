// The status of a GitConfig as far as the reloader owns it, as one value: what it is to be, from what was seen.
import {
  type GitConfig,
  maxListedWorkloads,
  type RolloutStatus,
  rolloutConditions,
} from '../api/gitconfig.ts';
import type { Condition } from '../api/objects.ts';
import { rolloutConditionsOf } from './conditions.ts';
import { type Accepted, nextHistory } from './history.ts';
import type { Provenance } from './snapshots.ts';
import type { WorkloadState } from './workload-state.ts';

export type OwnStatus = RolloutStatus & { readonly conditions: readonly Condition[] };

export function ownStatus(
  gitConfig: GitConfig,
  options: {
    readonly wanted: string | undefined;
    readonly stable: string | undefined;
    readonly missing: readonly string[];
    readonly states: readonly WorkloadState[];
    /** Of the newest accepted content. */
    readonly about: Provenance | undefined;
    readonly now: number;
  },
): OwnStatus {
  const { states, stable, missing } = options;
  const conditions = rolloutConditionsOf(gitConfig, options);
  const count = (kind: WorkloadState['kind']): number => states.filter((state) => state.kind === kind).length;
  const notCurrent = states
    .filter(({ kind }) => kind !== 'current')
    .sort((left, right) => urgency(left) - urgency(right) || nameOf(left).localeCompare(nameOf(right)))
    .slice(0, maxListedWorkloads)
    .map(({ workload, pin, reason, message }) => ({
      kind: workload.kind,
      name: workload.metadata.name,
      ...(pin === undefined ? {} : { hash: pin }),
      reason,
      message,
    }));
  const { generation } = gitConfig.metadata;
  const history = nextHistory(gitConfig.status?.history ?? [], {
    accepted: acceptedOf(gitConfig),
    about: options.about,
    rolledOut: conditions.find(({ type }) => type === 'RolledOut'),
    now: options.now,
  });
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions,
    ...(stable === undefined ? {} : { stableHash: stable }),
    ...(missing.length === 0 ? {} : { missing: [...missing].sort() }),
    workloads: {
      total: states.length,
      current: count('current'),
      updating: count('updating'),
      held: count('held'),
      failed: count('failed'),
      summary: `${count('current')}/${states.length}`,
      ...(notCurrent.length === 0 ? {} : { notCurrent }),
    },
    ...(history.length === 0 ? {} : { history }),
  };
}

function acceptedOf({ status }: GitConfig): Accepted | undefined {
  const { hash, revision } = status ?? {};
  return hash === undefined || revision === undefined ? undefined : { hash, revision };
}

/** The same fields of the status that the GitConfig has now. */
export function writtenStatus({ status }: GitConfig): RolloutStatus & { conditions: readonly Condition[] } {
  const own: readonly string[] = rolloutConditions;
  const { observedGeneration, stableHash, missing, workloads, history } = status ?? {};
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    conditions: own.flatMap((type) => status?.conditions?.find((condition) => condition.type === type) ?? []),
    ...(stableHash === undefined ? {} : { stableHash }),
    ...(missing === undefined ? {} : { missing }),
    ...(workloads === undefined ? {} : { workloads }),
    ...(history === undefined ? {} : { history }),
  };
}

/** `details`: only counts and words of a running rollout differ, which may wait a moment. */
export function statusDifference(before: RolloutStatus, after: OwnStatus): 'none' | 'details' | 'more' {
  if (canonical(before) === canonical(after)) return 'none';
  return canonical(withoutDetails(before)) === canonical(withoutDetails(after)) ? 'details' : 'more';
}

function withoutDetails({
  workloads: _,
  ...rest
}: RolloutStatus & { conditions?: readonly Condition[] }): object {
  return { ...rest, conditions: rest.conditions?.map(({ message: __, ...condition }) => condition) };
}

/** JSON whose keys are in order, so that equal values are equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

function urgency({ kind }: WorkloadState): number {
  return ['failed', 'updating', 'held', 'current'].indexOf(kind);
}

function nameOf({ workload }: WorkloadState): string {
  return `${workload.metadata.name}/${workload.kind}`;
}
