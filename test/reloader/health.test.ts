import { describe, expect, it } from 'vitest';
import type { WorkloadStatus } from '../../src/api/workloads.ts';
import { healthOf } from '../../src/reloader/health.ts';
import { observed, type WorkloadOptions } from './objects.ts';

const writtenAt = Date.parse('2026-01-01T00:00:00Z');
const minutes = (count: number): number => writtenAt + count * 60_000;
const ours = [{ manager: 'confroll-reloader', time: '2026-01-01T00:00:00Z', fieldsV1: {} }];
const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message = '') => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

type Row = readonly [string, WorkloadOptions, string];

const three = { replicas: 3 };
const deployment = (status: WorkloadStatus, spec: object = three): WorkloadOptions => ({
  spec,
  status: { observedGeneration: 1, ...status },
});
const done = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };

const deployments: Row[] = [
  ['all updated and available', deployment(done), 'healthy'],
  ['status still speaks of the old template', { ...deployment(done), generation: 2 }, 'updating'],
  ['no status yet', { spec: three }, 'updating'],
  ['half updated', deployment({ ...done, updatedReplicas: 1 }), 'updating'],
  ['an old Pod is left', deployment({ ...done, replicas: 4 }), 'updating'],
  ['not all available', deployment({ ...done, availableReplicas: 2 }), 'updating'],
  [
    'past its deadline',
    deployment({
      updatedReplicas: 1,
      conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')],
    }),
    'failed',
  ],
  [
    'rolled out, and a Pod crashed later',
    deployment({
      ...done,
      availableReplicas: 2,
      conditions: [condition('Progressing', 'True', 'NewReplicaSetAvailable')],
    }),
    'degraded',
  ],
  ['paused', deployment(done, { ...three, paused: true }), 'paused'],
  ['no replicas wanted', deployment({}, { replicas: 0 }), 'healthy'],
];

const set = (status: WorkloadStatus, spec: object = {}): WorkloadOptions => ({
  kind: 'StatefulSet',
  spec: { ...three, ...spec },
  status: { observedGeneration: 1, ...status },
  managedFields: ours,
});
const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
const onDelete = { updateStrategy: { type: 'OnDelete' } };

const statefulSets: Row[] = [
  ['all updated and ready', set(done), 'healthy'],
  ['half updated', set({ ...done, updatedReplicas: 1 }), 'updating'],
  ['the partition is complete', set({ ...done, updatedReplicas: 1 }, partition), 'healthy'],
  [
    'the partition keeps Pods on an older revision',
    set({ ...done, updatedReplicas: 1, currentRevision: 'api-1', updateRevision: 'api-2' }, partition),
    'partial',
  ],
  [
    'OnDelete, and nobody has deleted a Pod yet',
    set({ ...done, updatedReplicas: 0, currentRevision: 'api-1', updateRevision: 'api-2' }, onDelete),
    'partial',
  ],
  ['the partition is not complete', set({ ...done, updatedReplicas: 0 }, partition), 'updating'],
  ['OnDelete, all ready', set({ ...done, updatedReplicas: 0 }, onDelete), 'healthy'],
  ['OnDelete, one is not ready', set({ ...done, readyReplicas: 2 }, onDelete), 'updating'],
  [
    'all were ready on this revision, one is not any more',
    set({ ...done, readyReplicas: 2, currentRevision: 'api-1', updateRevision: 'api-1' }),
    'degraded',
  ],
  [
    'never written by us, one is not ready',
    { ...set({ ...done, readyReplicas: 2 }), managedFields: [] },
    'degraded',
  ],
];

const daemon = (status: WorkloadStatus, spec: object = {}): WorkloadOptions => ({
  ...set(status, spec),
  kind: 'DaemonSet',
});
const everywhere = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };

const daemonSets: Row[] = [
  ['all updated and available', daemon(everywhere), 'healthy'],
  ['half updated', daemon({ ...everywhere, updatedNumberScheduled: 1 }), 'updating'],
  ['OnDelete, all available and new', daemon(everywhere, onDelete), 'healthy'],
  [
    'OnDelete, all available and old',
    daemon({ ...everywhere, updatedNumberScheduled: 0 }, onDelete),
    'partial',
  ],
  ['no node wants it', daemon({}), 'healthy'],
];

describe.each([
  ['Deployment', deployments],
  ['StatefulSet', statefulSets],
  ['DaemonSet', daemonSets],
])('a %s', (_, rows) => {
  it.each(rows)('%s', (__, options, kind) => {
    expect(healthOf(observed(options), minutes(1)).kind).toBe(kind);
  });
});

describe('the deadline of a StatefulSet', () => {
  const stuck = observed(set({ ...done, updatedReplicas: 1 }));
  it('runs from our last write', () => {
    expect(healthOf(stuck, minutes(9))).toMatchObject({ kind: 'updating', deadline: minutes(10) });
    expect(healthOf(stuck, minutes(10)).kind).toBe('failed');
  });

  it('is over once all Pods were ready: a scale-up, a restart or a drain later is no failed rollout', () => {
    const revisions = { currentRevision: 'api-2', updateRevision: 'api-2' };
    const scaled = observed(set({ ...done, ...revisions }, { replicas: 5 }));
    expect(healthOf(scaled, minutes(60 * 24)).kind).toBe('degraded');
  });
});

it('says why Pods of a Deployment are absent', () => {
  const refused = deployment({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')] });
  expect(healthOf(observed(refused), 0)).toMatchObject({
    kind: 'updating',
    message: expect.stringContaining('quota'),
  });
});
