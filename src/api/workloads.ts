// The workload kinds whose templates confroll pins, as one table: what differs between them is data.
import type { Condition, KubeObject, PodTemplate } from './objects.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export const workloadKinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

export const workloadPlurals: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
};

/** A Deployment, StatefulSet or DaemonSet as the API server sends it. */
export type Workload = KubeObject & {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly template: PodTemplate;
    readonly strategy?: { readonly type?: string };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  };
  readonly status?: WorkloadStatus;
};

export type WorkloadStatus = {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly currentNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly conditions?: readonly Condition[];
};

/** True for those that delete old Pods before new ones are there: refused new Pods would leave fewer than there were. */
export function losesPodsFirst(kind: WorkloadKind, strategyType: unknown): boolean {
  return kind !== 'Deployment' || strategyType === 'Recreate';
}

export function parseWorkloadKind(kind: string | undefined): WorkloadKind | undefined {
  return workloadKinds.find((known) => known === kind);
}
