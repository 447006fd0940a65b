// What is told as Events: a move when it was made, everything else when a workload's state changes. What was said before
// a restart stands in the status of the GitConfig.
import { type GitConfig, maxListedWorkloads } from '../api/gitconfig.ts';
import type { EventRecorder, Subject } from '../kube/events.ts';
import type { ObservedWorkload } from './observed-workload.ts';
import type { TemplateChange } from './plan-types.ts';
import type { Provenance } from './snapshots.ts';
import type { StateKind, WorkloadState } from './workload-state.ts';

type Before = { readonly kind: StateKind; readonly reason: string };

export type Announcer = {
  moved(
    workload: ObservedWorkload,
    change: TemplateChange,
    provenance: (config: string, hash: string) => Provenance | undefined,
  ): void;
  /** All states of a GitConfig; tells those that differ from what was told before. */
  states(gitConfig: GitConfig, states: readonly WorkloadState[]): void;
  /** Forgets GitConfigs of the namespace that are not among these. */
  keep(namespace: string, gitConfigs: readonly GitConfig[]): void;
};

export function createAnnouncer(events: Pick<EventRecorder, 'record'>): Announcer {
  const told = new Map<string, { readonly uid: string; readonly states: ReadonlyMap<string, Before> }>();
  return {
    moved(workload, { pins }, provenance) {
      for (const { config, from, to, decision } of pins) {
        const lost = decision.row === 'lost';
        const source = describe(provenance(config, to));
        events.record({
          subject: subjectOf(workload),
          type: lost ? 'Warning' : 'Normal',
          reason: 'ConfigMoved',
          message: lost
            ? `config ${config}: ${from} is lost (its Snapshot ${config}-${from} is absent and Git is elsewhere), moved to ${to}${source}`
            : `config ${config}: ${from === undefined ? 'set' : `moved from ${from}`} to ${to}${source}`,
        });
      }
    },
    states(gitConfig, states) {
      const { namespace, name, uid = '' } = gitConfig.metadata;
      const key = `${namespace}/${name}`;
      const known = told.get(key);
      const before = known?.uid === uid ? known.states : undefined;
      const now = new Map<string, Before>();
      for (const state of states) {
        const id = state.workload.metadata.uid;
        now.set(id, { kind: state.kind, reason: state.reason });
        const earlier = before === undefined ? saidByStatus(gitConfig, state) : before.get(id);
        const event = transition(name, earlier, state);
        if (event !== undefined) events.record({ subject: subjectOf(state.workload), ...event });
      }
      told.set(key, { uid, states: now });
    },
    keep(namespace, gitConfigs) {
      const names = new Set(gitConfigs.map(({ metadata }) => `${namespace}/${metadata.name}`));
      for (const key of told.keys()) if (key.startsWith(`${namespace}/`) && !names.has(key)) told.delete(key);
    },
  };
}

// A status lists what is not current; beyond its bound nothing is known, and nothing is told twice.
function saidByStatus({ status }: GitConfig, state: WorkloadState): Before | undefined {
  if (status?.workloads === undefined) return undefined;
  const listed = status.workloads.notCurrent ?? [];
  const note = listed.find(
    ({ kind, name }) => kind === state.workload.kind && name === state.workload.metadata.name,
  );
  if (note !== undefined) return { kind: kindOf(note.reason), reason: note.reason };
  return listed.length < maxListedWorkloads ? { kind: 'current', reason: 'Healthy' } : state;
}

function kindOf(reason: string): StateKind {
  if (reason === 'Held' || reason === 'OnHold' || reason === 'UpdateStrategy') return 'held';
  return reason === 'RolloutFailed' || reason === 'InvalidRequest' ? 'failed' : 'updating';
}

type Told = { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };

function transition(config: string, before: Before | undefined, state: WorkloadState): Told | undefined {
  const { kind, reason, message } = state;
  if (before?.kind === kind && before.reason === reason) return undefined;
  const text = `config ${config}: ${message}`;
  if (reason === 'Held') return { type: 'Normal', reason: 'ConfigHeld', message: text };
  if (notMoved.includes(reason))
    return { type: reason === 'OnHold' ? 'Normal' : 'Warning', reason: 'ConfigNotMoved', message: text };
  if (kind === 'failed') return { type: 'Warning', reason: 'ConfigFailed', message: text };
  if (before?.reason === 'Held')
    return {
      type: 'Normal',
      reason: 'ConfigResumed',
      message: `config ${config}: held no more; it is on ${state.pin ?? 'no Pin yet'}, ${message}`,
    };
  if (kind === 'current' && before !== undefined && before.kind !== 'current')
    return { type: 'Normal', reason: 'ConfigHealthy', message: text };
  return undefined;
}

const notMoved: readonly string[] = [
  'AdmissionNotWorking',
  'PodRefused',
  'PatchRefused',
  'SnapshotMissing',
  'InvalidRequest',
  'OnHold',
];

function describe(provenance: Provenance | undefined): string {
  if (provenance === undefined) return '';
  const { revision, subject, author } = provenance;
  return ` (${[revision, subject === '' ? '' : `"${subject}"`, author === '' ? '' : `by ${author}`].filter((part) => part !== '').join(' ')})`;
}

function subjectOf({ kind, metadata }: ObservedWorkload): Subject {
  const { name, namespace, uid } = metadata;
  return { apiVersion: 'apps/v1', kind, namespace, name, uid };
}
