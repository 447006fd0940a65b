// Whether a workload's rollout is over, and well: the same reading as `kubectl rollout status`, with a deadline of our
// own where Kubernetes has none.
import type { ObservedWorkload } from './observed-workload.ts';
import { lastWriteOfOurs } from './pin-writer.ts';

export type Health =
  | { readonly kind: 'healthy' }
  /** `deadline`: milliseconds since 1970 at which it counts as failed; Deployments have their own. */
  | { readonly kind: 'updating'; readonly message: string; readonly deadline?: number }
  /** All that changes by itself has changed; the workload's update strategy keeps other Pods as they were. */
  | { readonly kind: 'partial'; readonly message: string }
  /** No rollout is under way, and yet not all Pods are available. */
  | { readonly kind: 'degraded'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** A person paused the Deployment: its Pods stay as they are, and no deadline runs. */
  | { readonly kind: 'paused'; readonly message: string };

// The default progressDeadlineSeconds of Deployments; StatefulSets and DaemonSets have none.
const deadlineMilliseconds = 10 * 60_000;

/** Of what the workload's template says now, whichever content that is. `now` in milliseconds since 1970. */
export function healthOf(workload: ObservedWorkload, now: number): Health {
  const { metadata, spec, status } = workload;
  if (spec.paused === true && workload.kind === 'Deployment')
    return { kind: 'paused', message: 'the Deployment is paused; its Pods change when it is resumed' };
  // Right after a write the status still speaks of the old template.
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return { kind: 'updating', message: 'its controller has not looked at the new template yet' };
  if (workload.kind === 'Deployment') return deploymentHealth(workload);
  const counts = workload.kind === 'StatefulSet' ? statefulSetCounts(workload) : daemonSetCounts(workload);
  if (counts.updated >= counts.toUpdate && counts.available >= counts.wanted)
    return counts.old > 0 ? partial(workload, counts) : { kind: 'healthy' };
  const message = `${counts.updated} of ${counts.toUpdate} Pods are updated, ${counts.available} of ${counts.wanted} are ready`;
  const written = lastWriteOfOurs(metadata.managedFields);
  if (written === undefined || hasRolledOut(workload)) return { kind: 'degraded', message };
  const deadline = written + deadlineMilliseconds;
  return now >= deadline
    ? { kind: 'failed', message: `${message}, 10 minutes after confroll's last change of it` }
    : { kind: 'updating', message, deadline };
}

function deploymentHealth({ spec, status = {} }: ObservedWorkload): Health {
  const wanted = spec.replicas ?? 1;
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const old = (status.replicas ?? 0) - updated;
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (updated >= wanted && old <= 0 && available >= wanted) return { kind: 'healthy' };
  const message = `${updated} of ${wanted} Pods are updated, ${available} are available`;
  const refused = status.conditions?.find(
    (condition) => condition.type === 'ReplicaFailure' && condition.status === 'True',
  );
  const why = refused === undefined ? message : `${message}; ${refused.message}`;
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return { kind: 'failed', message: `${why} (progress deadline exceeded)` };
  if (progressing?.reason === 'NewReplicaSetAvailable') return { kind: 'degraded', message: why };
  return { kind: 'updating', message: why };
}

/** A StatefulSet says when all its Pods have been ready on the newest revision; a lack of Pods after that is no failed rollout. */
function hasRolledOut({ kind, status = {} }: ObservedWorkload): boolean {
  return (
    kind === 'StatefulSet' &&
    status.updateRevision !== undefined &&
    status.updateRevision === status.currentRevision
  );
}

function partial({ kind, spec }: ObservedWorkload, { old, wanted }: Counts): Health {
  const cure = isOnDelete(spec)
    ? 'when they are deleted (updateStrategy OnDelete)'
    : `when the partition of the ${kind} is lowered`;
  return {
    kind: 'partial',
    message: `${old} of ${wanted} Pods still run what they ran before; they change ${cure}`,
  };
}

type Counts = {
  /** Pods that the update strategy keeps on an older template. */
  readonly old: number;
  readonly toUpdate: number;
  readonly updated: number;
  readonly wanted: number;
  readonly available: number;
};

function statefulSetCounts({ spec, status = {} }: ObservedWorkload): Counts {
  const wanted = spec.replicas ?? 1;
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  // With OnDelete a person decides when Pods change: the updated count says nothing.
  const toUpdate = isOnDelete(spec) ? 0 : Math.max(0, wanted - partition);
  const updated = status.updatedReplicas ?? 0;
  // Equal revisions say that there is no older template; the updated count may be absent then.
  const isOneRevision = status.updateRevision === status.currentRevision;
  return {
    old: isOneRevision ? 0 : Math.max(0, wanted - updated),
    toUpdate,
    updated,
    wanted,
    available: Math.min(status.readyReplicas ?? 0, status.availableReplicas ?? status.readyReplicas ?? 0),
  };
}

function daemonSetCounts({ spec, status = {} }: ObservedWorkload): Counts {
  const wanted = status.desiredNumberScheduled ?? 0;
  return {
    old: Math.max(0, wanted - (status.updatedNumberScheduled ?? 0)),
    toUpdate: isOnDelete(spec) ? 0 : wanted,
    updated: status.updatedNumberScheduled ?? 0,
    wanted,
    available: status.numberAvailable ?? 0,
  };
}

function isOnDelete({ updateStrategy }: ObservedWorkload['spec']): boolean {
  return updateStrategy?.type === 'OnDelete';
}
