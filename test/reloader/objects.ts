// Workloads and GitConfigs as the reloader sees them, for tests of its pure parts.
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { ManagedFieldsEntry } from '../../src/api/objects.ts';
import type { WorkloadKind, WorkloadStatus } from '../../src/api/workloads.ts';
import { type ObservedWorkload, parseObservedWorkload } from '../../src/reloader/observed-workload.ts';

type Labels = Readonly<Record<string, string>>;

export type WorkloadOptions = {
  readonly kind?: WorkloadKind;
  readonly name?: string;
  readonly labels?: Labels;
  readonly templateLabels?: Labels;
  readonly annotations?: Labels;
  readonly spec?: object;
  readonly status?: WorkloadStatus;
  readonly generation?: number;
  readonly managedFields?: readonly ManagedFieldsEntry[];
};

export function observed(options: WorkloadOptions = {}): ObservedWorkload {
  const { kind = 'Deployment', name = 'api', generation = 1 } = options;
  return parseObservedWorkload({
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name,
      namespace: 'prod',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation,
      labels: options.labels ?? {},
      managedFields: options.managedFields ?? [],
    },
    spec: {
      replicas: 1,
      template: {
        metadata: {
          labels: { app: name, ...options.templateLabels },
          ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
        },
        spec: { containers: [] },
      },
      ...options.spec,
    },
    status: options.status ?? {},
  });
}

/** One that runs on the Pin, as confroll leaves it. */
export function settledOn(pin: string, options: WorkloadOptions = {}): ObservedWorkload {
  return observed({
    status: {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      readyReplicas: 1,
    },
    ...options,
    labels: {
      'confroll.dev/config': 'shop',
      'confroll.dev/managed': 'true',
      'rolled.confroll.dev/shop': pin,
      ...options.labels,
    },
    templateLabels: {
      'confroll.dev/config': 'shop',
      'pin.confroll.dev/shop': pin,
      ...options.templateLabels,
    },
    annotations: { 'hash.confroll.dev/shop': pin, ...options.annotations },
  });
}

export function config(
  name: string,
  options: {
    readonly hash?: string;
    readonly attempted?: string;
    readonly url?: string;
    readonly suspend?: boolean;
    readonly fetched?: 'True' | 'False' | 'Unknown';
    readonly published?: 'True' | 'False';
    readonly reason?: string;
    readonly labels?: Labels;
    readonly status?: GitConfig['status'];
    readonly generation?: number;
  } = {},
): GitConfig {
  const condition = (type: string, status: 'True' | 'False' | 'Unknown') => ({
    type,
    status,
    reason: status === 'True' ? 'Succeeded' : (options.reason ?? 'Unreachable'),
    message: 'no words',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  return {
    metadata: {
      name,
      namespace: 'prod',
      uid: `uid-${name}`,
      generation: options.generation ?? 1,
      labels: options.labels ?? {},
    },
    spec: {
      source: { url: options.url ?? 'https://git.example.com/config.git', ref: { branch: 'main' } },
      mountPath: `/etc/${name}`,
      ...(options.suspend === undefined ? {} : { suspend: options.suspend }),
    },
    status: {
      ...(options.hash === undefined ? {} : { hash: options.hash }),
      lastAttemptedRevision: options.attempted ?? 'main@sha1:1',
      ...options.status,
      conditions: [
        condition('Fetched', options.fetched ?? 'True'),
        condition('Published', options.published ?? 'True'),
        ...(options.status?.conditions ?? []),
      ],
    },
  };
}
