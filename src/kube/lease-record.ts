// The Lease object: how it is read, made and changed. Every change is a compare-and-set on its resourceVersion.
import type { Clock } from '../lib/clock.ts';
import { runWithDeadline } from '../lib/deadline.ts';
import { isRecord } from '../lib/json.ts';
import type { Kube } from './api.ts';
import { KubeError } from './kube-error.ts';
import { parseKubeObject } from './parse.ts';
import { resources } from './resources.ts';

export type Lease = {
  readonly resourceVersion: string;
  /** `''` when nobody holds it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
};

export type LeaseSpec = {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime: string;
  readonly leaseTransitions?: number;
};

export type LeaseRecord = {
  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined>;
  /** KubeError 409 when there is one already. */
  create(spec: LeaseSpec, signal: AbortSignal): Promise<Lease>;
  /** KubeError 409 when it was written since it was read. */
  change(resourceVersion: string, spec: LeaseSpec, signal: AbortSignal): Promise<Lease>;
};

export function createLeaseRecord(options: {
  readonly kube: Pick<Kube, 'get' | 'create' | 'patch'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  /** Deadline of each request, shorter than that of other requests. */
  readonly requestMilliseconds: number;
}): LeaseRecord {
  const { kube, clock, namespace, name, requestMilliseconds: milliseconds } = options;
  const ref = { resource: resources.leases, namespace, name };
  const write = (signal: AbortSignal) => ({ signal, fieldManager: 'confroll-lease' });
  const request = <T>(outer: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const timeoutReason = (): KubeError =>
      new KubeError(`no answer within ${milliseconds} ms`, {
        status: 0,
        reason: 'Timeout',
        request: `Lease ${namespace}/${name}`,
      });
    return runWithDeadline({ clock, signal: outer, milliseconds, timeoutReason }, send);
  };
  return {
    read: (outer) => request(outer, (signal) => kube.get(ref, parseLease, { signal })),
    create(spec, outer) {
      const body = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec,
      };
      return request(outer, (signal) => kube.create(ref, body, parseLease, write(signal)));
    },
    change(resourceVersion, spec, outer) {
      const body = { metadata: { resourceVersion }, spec };
      return request(outer, (signal) => kube.patch(ref, { kind: 'merge', body }, parseLease, write(signal)));
    },
  };
}

/** RFC 3339 with microseconds, the only form that the API server takes for a Lease's times. */
export function microTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000Z`;
}

// As a Lease without a duration cannot be waited for, it counts as Kubernetes' own default does.
const usualDurationSeconds = 15;

function parseLease(raw: unknown): Lease {
  const { metadata } = parseKubeObject(raw);
  const spec = isRecord(raw) && isRecord(raw.spec) ? raw.spec : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = spec;
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationSeconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : usualDurationSeconds,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  };
}
