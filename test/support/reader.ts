// Applies objects through kubectl, as a user would, and reads them directly: tests look often, and a process for each
// look would cost more than what is looked at.
import type { Kubectl } from '../../local/kubectl.ts';
import type { Resource } from '../../src/kube/api.ts';
import { connectionFromKubeconfig } from '../../src/kube/connection.ts';
import { createKube } from '../../src/kube/http.ts';
import { resources, workloadResource } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';

export type Reader = {
  readonly kubectl: Kubectl;
  apply(namespace: string, ...objects: object[]): Promise<void>;
  /** One object as JSON; undefined when it is not there. */
  read(namespace: string, kind: string, name: string): Promise<JsonObject | undefined>;
  list(namespace: string, kind: string, selector?: string): Promise<JsonObject[]>;
  close(): void;
};

export function createReader(kubectl: Kubectl, kubeconfig: string): Reader {
  const connected = connectionFromKubeconfig(kubeconfig).then((connection) =>
    createKube(connection, { clock: systemClock, userAgent: 'test' }),
  );
  const signal = new AbortController().signal;
  return {
    kubectl,
    async apply(namespace, ...items) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await kubectl(['-n', namespace, 'apply', '-f', '-'], { input });
    },
    async read(namespace, kind, name) {
      const resource = resourceOf(kind);
      const kube = await connected;
      return kube.get({ resource, name, ...(resource.namespaced ? { namespace } : {}) }, toObject, {
        signal,
      });
    },
    async list(namespace, kind, labelSelector) {
      const selection = { resource: resourceOf(kind), namespace, labelSelector };
      const kube = await connected;
      const { items } = await kube.list(selection, toObject, { signal });
      return [...items];
    },
    close: () => void connected.then((kube) => kube.close()),
  };
}

const known: readonly Resource[] = [
  ...Object.values(resources),
  ...(['Deployment', 'StatefulSet', 'DaemonSet'] as const).map(workloadResource),
];

/** By kind or plural, in any case, as kubectl takes them. */
function resourceOf(name: string): Resource {
  const wanted = name.toLowerCase();
  const found = known.find(({ kind, plural }) => wanted === plural || wanted === kind.toLowerCase());
  if (found === undefined) throw new RangeError(`no resource is called ${name}`);
  return found;
}

function toObject(raw: unknown): JsonObject {
  if (!isRecord(raw)) throw new TypeError('the API server answered with something else than an object');
  return raw;
}
