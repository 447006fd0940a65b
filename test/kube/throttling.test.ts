// A real API server that throttles one user with its own means: a priority level with one seat and no queue.
import { expect, onTestFinished, test } from 'vitest';
import { createKube } from '../../src/kube/http.ts';
import { isKubeStatus } from '../../src/kube/kube-error.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);
const user = 'throttled';
/** More than one seat serves at the same time, few enough that all pass within a few tries. */
const atOnce = Array.from({ length: 12 });
const flowControl = 'flowcontrol.apiserver.k8s.io/v1';
const rbac = 'rbac.authorization.k8s.io/v1';

const cluster = (apiVersion: string, plural: string, kind: string) => ({
  base: `apis/${apiVersion}`,
  plural,
  kind,
  namespaced: false,
});
const priorityLevels = cluster(flowControl, 'prioritylevelconfigurations', 'PriorityLevelConfiguration');
const flowSchemas = cluster(flowControl, 'flowschemas', 'FlowSchema');
const bindings = cluster(rbac, 'clusterrolebindings', 'ClusterRoleBinding');

async function make(resource: ReturnType<typeof cluster>, fields: object): Promise<void> {
  const apiVersion = resource.base.replace('apis/', '');
  const body = { apiVersion, kind: resource.kind, metadata: { name: user }, ...fields };
  await api().kube.create({ resource }, body, parseKubeObject, { signal, fieldManager: 'test' });
}

async function throttle(): Promise<void> {
  // Whatever the shares, one request is let in when none is running.
  const limited = {
    nominalConcurrencyShares: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  };
  await make(priorityLevels, { spec: { type: 'Limited', limited } });
  const subjects = [{ kind: 'User', user: { name: user } }];
  const everything = {
    verbs: ['*'],
    apiGroups: ['*'],
    resources: ['*'],
    namespaces: ['*'],
    clusterScope: true,
  };
  await make(flowSchemas, {
    spec: {
      matchingPrecedence: 2,
      priorityLevelConfiguration: { name: user },
      rules: [{ subjects, resourceRules: [everything] }],
    },
  });
  await make(bindings, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  });
}

function asThrottledUser(deadlineMilliseconds: number) {
  const { connection } = api();
  const headers = async () => ({ ...(await connection.headers()), 'impersonate-user': user });
  const statuses: number[] = [];
  const kube = createKube(
    { ...connection, headers },
    {
      clock: systemClock,
      userAgent: 'confroll-test',
      deadlineMilliseconds,
      onRequest: ({ status }) => statuses.push(status),
    },
  );
  onTestFinished(() => kube.close());
  const list = () => kube.list({ resource: resources.configMaps }, parseKubeObject, { signal });
  return { list, statuses };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('throttled requests are sent again when the API server says so, unless there is no time for it', async () => {
  await throttle();
  const hasty = asThrottledUser(500);
  const refused = await eventually(async () => {
    const failures = await Promise.all(atOnce.map(() => failureOf(hasty.list())));
    return failures.find((error) => isKubeStatus(error, 429));
  });
  expect(refused).toMatchObject({ details: { retryAfterMilliseconds: 1_000 } });

  const patient = asThrottledUser(30_000);
  await eventually(async () => {
    // Chance decides whether two of them meet; whether they do or not, all must succeed.
    const failures = await Promise.all(atOnce.map(() => failureOf(patient.list())));
    expect(failures.filter((error) => error !== undefined)).toEqual([]);
    return patient.statuses.includes(429);
  });
  expect(new Set(patient.statuses)).toEqual(new Set([200, 429]));
});
