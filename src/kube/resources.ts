// The resource types that confroll reads or writes.
import { type WorkloadKind, workloadPlurals } from '../api/workloads.ts';
import type { Resource } from './api.ts';

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  base: 'api/v1',
  plural,
  kind,
  namespaced,
});
const apps = (plural: string, kind: string): Resource => ({
  base: 'apis/apps/v1',
  plural,
  kind,
  namespaced: true,
});
const batch = (plural: string, kind: string): Resource => ({ ...apps(plural, kind), base: 'apis/batch/v1' });

export const resources = {
  configMaps: core('configmaps', 'ConfigMap'),
  secrets: core('secrets', 'Secret'),
  pods: core('pods', 'Pod'),
  events: core('events', 'Event'),
  namespaces: core('namespaces', 'Namespace', false),
  replicaSets: apps('replicasets', 'ReplicaSet'),
  controllerRevisions: apps('controllerrevisions', 'ControllerRevision'),
  cronJobs: batch('cronjobs', 'CronJob'),
  jobs: batch('jobs', 'Job'),
  leases: { base: 'apis/coordination.k8s.io/v1', plural: 'leases', kind: 'Lease', namespaced: true },
  gitConfigs: {
    base: 'apis/confroll.dev/v1alpha1',
    plural: 'gitconfigs',
    kind: 'GitConfig',
    namespaced: true,
  },
  mutatingWebhookConfigurations: {
    base: 'apis/admissionregistration.k8s.io/v1',
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

export const workloadResource = (kind: WorkloadKind): Resource => apps(workloadPlurals[kind], kind);
