// Workloads that ask for config by their template alone and that admission has missed: nothing on them can be selected,
// but their ReplicaSets and ControllerRevisions carry the template's label. Each is read by name until it is managed.
import { configLabel } from '../api/keys.ts';
import { type WorkloadKind, workloadKinds } from '../api/workloads.ts';
import type { Kube } from '../kube/api.ts';
import { KubeError } from '../kube/kube-error.ts';
import { workloadResource } from '../kube/resources.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { isManaged, type ObservedWorkload, parseObservedWorkload } from './observed-workload.ts';

export type Candidates = {
  /** False when it is one already. */
  add(namespace: string | undefined, owner: { readonly kind: WorkloadKind; readonly name: string }): boolean;
  /** Reads those that were not read lately. Rejects only with the signal's reason. */
  read(namespace: string, signal: AbortSignal): Promise<void>;
  list(namespace: string): ObservedWorkload[];
  put(workload: ObservedWorkload): void;
};

type Candidate = { object: ObservedWorkload | undefined; readAt: number };

// Nothing watches them, and a pass may come many times a second.
const rereadMilliseconds = 2_000;

export function createCandidates(deps: {
  readonly kube: Pick<Kube, 'get'>;
  readonly clock: Clock;
  readonly log: Log;
}): Candidates {
  const namespaces = new Map<string, Map<string, Candidate>>();

  return {
    add(namespace = '', { kind, name }) {
      const places = namespaces.get(namespace) ?? new Map<string, Candidate>();
      namespaces.set(namespace, places);
      const key = `${kind}/${name}`;
      if (places.has(key)) return false;
      places.set(key, { object: undefined, readAt: Number.NEGATIVE_INFINITY });
      return true;
    },
    async read(namespace, signal) {
      const places = namespaces.get(namespace) ?? new Map<string, Candidate>();
      const due = deps.clock.monotonic() - rereadMilliseconds;
      await Promise.all(
        [...places].map(async ([key, candidate]) => {
          if (candidate.readAt > due) return;
          const object = await readOne(namespace, key, signal);
          if (object === 'unknown') return;
          if (object !== undefined && asks(object))
            places.set(key, { object, readAt: deps.clock.monotonic() });
          else places.delete(key);
        }),
      );
      if (places.size === 0) namespaces.delete(namespace);
    },
    list: (namespace) =>
      [...(namespaces.get(namespace)?.values() ?? [])].flatMap(({ object }) => object ?? []),
    put(workload) {
      if (isManaged(workload))
        namespaces.get(workload.metadata.namespace)?.delete(`${workload.kind}/${workload.metadata.name}`);
    },
  };

  async function readOne(
    namespace: string,
    key: string,
    signal: AbortSignal,
  ): Promise<ObservedWorkload | undefined | 'unknown'> {
    const kind = workloadKinds.find((known) => key.startsWith(`${known}/`));
    if (kind === undefined) return undefined;
    const ref = { resource: workloadResource(kind), namespace, name: key.slice(kind.length + 1) };
    try {
      return await deps.kube.get(ref, parseObservedWorkload, { signal });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      deps.log.warn({ err: error, namespace }, 'a workload whose Pods ask for config could not be read');
      return 'unknown';
    }
  }
}

/** Managed ones, and those with the label of their own, are watched. */
function asks(workload: ObservedWorkload): boolean {
  return !isManaged(workload) && workload.spec.template.metadata?.labels?.[configLabel] !== undefined;
}
