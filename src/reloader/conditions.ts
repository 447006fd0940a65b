// The conditions that the reloader owns: RolledOut, and the summary Ready, Reconciling and Stalled over everything.

import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import type { Condition } from '../api/objects.ts';
import { timestamp } from '../lib/timestamp.ts';
import type { WorkloadState } from './workload-state.ts';

export type RolloutConditions = readonly Condition[];

type Finding = {
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
  /** A person must do something before it goes on. */
  readonly stalled?: boolean;
};

/** `now` in milliseconds since 1970. A transition time changes only where the status does. */
export function rolloutConditionsOf(
  gitConfig: GitConfig,
  options: {
    readonly wanted: string | undefined;
    readonly states: readonly WorkloadState[];
    readonly now: number;
  },
): RolloutConditions {
  const rolledOut = rolledOutOf(gitConfig, options.wanted, options.states);
  const ready = readyOf(gitConfig, rolledOut);
  const stalled = ready.status !== 'True' && ready.stalled === true;
  const reconciling = ready.status !== 'True' && !stalled;
  const summary = { reason: ready.reason, message: ready.message };
  const findings: [string, Finding][] = [
    ['RolledOut', rolledOut],
    ['Ready', ready],
    ['Reconciling', { status: reconciling ? 'True' : 'False', ...summary }],
    ['Stalled', { status: stalled ? 'True' : 'False', ...summary }],
  ];
  return findings.map(([type, { status, reason, message }]) => {
    const before = findCondition(gitConfig, type);
    const { generation } = gitConfig.metadata;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(options.now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}

function rolledOutOf(
  gitConfig: GitConfig,
  wanted: string | undefined,
  states: readonly WorkloadState[],
): Finding {
  if (wanted === undefined)
    return { status: 'Unknown', reason: 'NothingPublished', message: 'nothing is published yet' };
  const free = states.filter(({ kind }) => kind !== 'held');
  const held = states.length - free.length;
  const heldWords = held === 0 ? '' : `; ${held} held by a person`;
  // Once rolled out, a drained node or a crash later on is no news about the rollout.
  const latched =
    findCondition(gitConfig, 'RolledOut')?.status === 'True' &&
    gitConfig.status?.stableHash === wanted &&
    free.every(({ pin, reason }) => pin === wanted && settled.includes(reason));
  const done = latched || free.every(({ kind }) => kind === 'current');
  if (done)
    return {
      status: 'True',
      reason: 'Succeeded',
      message:
        states.length === 0
          ? `no workload asks for it; new ones start with ${wanted}`
          : free.every(({ kind }) => kind === 'current')
            ? `${free.length} of ${states.length} workloads run on ${wanted}${heldWords}`
            : `rolled out: ${wanted}${heldWords}; not all Pods are available right now, see status.workloads`,
    };
  const failed = free.find(({ kind }) => kind === 'failed');
  if (failed !== undefined)
    return { status: 'False', reason: 'RolloutFailed', message: sentence(failed), stalled: true };
  const stuck = free.find(({ reason }) => reason === 'AdmissionNotWorking');
  if (stuck !== undefined)
    return { status: 'False', reason: 'AdmissionNotWorking', message: sentence(stuck) };
  const waits = free.filter(({ kind }) => kind !== 'current');
  const first = waits.find(({ reason }) => reason === 'PodsRefused') ?? waits[0];
  return {
    status: 'False',
    reason: 'Progressing',
    message: `${wanted} is being rolled out${heldWords}${first === undefined ? '' : `; ${describe(first)}: ${waiting(first)}`}`,
  };
}

// What may happen to a workload that was healthy on this content before.
const settled: readonly string[] = ['Healthy', 'NotAvailable', 'Updating', 'RolloutFailed', 'Paused'];

function readyOf(gitConfig: GitConfig, rolledOut: Finding): Finding {
  for (const type of ['Fetched', 'Published']) {
    const condition = findCondition(gitConfig, type);
    if (condition === undefined)
      return { status: 'False', reason: 'Progressing', message: 'Git has not been looked at yet' };
    const { generation = 0 } = gitConfig.metadata;
    // While suspended nobody looks at Git, so the conditions may stay behind the spec.
    if (gitConfig.spec.suspend !== true && (condition.observedGeneration ?? generation) < generation)
      return {
        status: 'False',
        reason: 'Progressing',
        message: 'Git has not been looked at since the spec changed',
      };
    if (condition.status !== 'True')
      return {
        status: 'False',
        reason: condition.reason,
        message: condition.message,
        stalled: !passing.includes(condition.reason),
      };
  }
  return rolledOut.status === 'Unknown' ? { ...rolledOut, status: 'False' } : rolledOut;
}

// Faults that end by themselves; with all others a person is needed.
const passing: readonly string[] = [
  'Unreachable',
  'HostUnavailable',
  'ServerError',
  'Timeout',
  'Fetching',
  'PublishFailed',
  'Progressing',
];

function sentence(state: WorkloadState): string {
  return `${describe(state)}: ${state.message}`;
}

// Counts of Pods change by the second; they stand in the list of workloads, not here.
function waiting({ reason, message }: WorkloadState): string {
  return reason === 'Updating' || reason === 'NotAvailable' ? 'its Pods are being replaced' : message;
}

function describe({ workload }: WorkloadState): string {
  return `${workload.kind} ${workload.metadata.name}`;
}
