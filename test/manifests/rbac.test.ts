// The rights that manifests/ gives, answered by the API server: what each program must be allowed, and what it must not.
import { describe, expect, it } from 'vitest';
import { applyFolder, refusal, useApiServer } from './api-server.ts';

const kubectl = useApiServer(async (ready) => {
  await applyFolder(ready, 'base');
  // prod has lent its Git Secrets, stage has not.
  for (const namespace of ['prod', 'stage']) await ready(['create', 'namespace', namespace]);
  const role = [
    '--clusterrole=confroll-git-credentials',
    '--serviceaccount=confroll-system:confroll-controller',
  ];
  await ready(['-n', 'prod', 'create', 'rolebinding', 'confroll-git-credentials', ...role]);
});

const controller = 'system:serviceaccount:confroll-system:confroll-controller';
const webhook = 'system:serviceaccount:confroll-system:confroll-webhook';
// [who, namespace (* is all), verbs, resources]
type Row = readonly [string, string, string, string];

const allowed: readonly Row[] = [
  [controller, '*', 'get list watch', 'gitconfigs.confroll.dev'],
  [controller, '*', 'patch', 'gitconfigs.confroll.dev/status'],
  [controller, '*', 'get list watch create patch delete', 'configmaps'],
  [controller, '*', 'get list watch patch', 'deployments.apps statefulsets.apps daemonsets.apps'],
  [controller, '*', 'list watch patch', 'replicasets.apps'],
  [controller, '*', 'list watch', 'controllerrevisions.apps'],
  [controller, '*', 'list create', 'pods'],
  [controller, '*', 'list', 'jobs.batch cronjobs.batch'],
  [controller, '*', 'create list patch', 'events'],
  [controller, '*', 'get list watch', 'namespaces'],
  [controller, '*', 'get', 'mutatingwebhookconfigurations.admissionregistration.k8s.io/confroll'],
  [controller, 'confroll-system', 'create', 'leases.coordination.k8s.io'],
  [controller, 'confroll-system', 'get patch', 'leases.coordination.k8s.io/confroll-controller'],
  [controller, 'prod', 'get', 'secrets secrets/git-read'],
  [webhook, '*', 'get list watch', 'gitconfigs.confroll.dev configmaps'],
  [
    webhook,
    '*',
    'get list watch patch',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io/confroll',
  ],
  [webhook, 'confroll-system', 'create', 'secrets'],
  [webhook, 'confroll-system', 'get list watch patch', 'secrets/confroll-webhook-ca'],
];

const forbidden: readonly Row[] = [
  [controller, 'stage', 'get list watch', 'secrets secrets/git-read'],
  [controller, 'confroll-system', 'get', 'secrets/confroll-webhook-ca'],
  [controller, 'prod', 'list watch create update patch delete', 'secrets'],
  [controller, '*', 'create update patch delete', 'gitconfigs.confroll.dev namespaces'],
  [controller, '*', 'update deletecollection', 'configmaps'],
  [
    controller,
    '*',
    'create update delete',
    'deployments.apps statefulsets.apps daemonsets.apps replicasets.apps',
  ],
  [controller, '*', 'get', 'replicasets.apps'],
  [controller, '*', 'get watch update patch delete', 'pods'],
  [controller, '*', 'get watch create update patch delete', 'jobs.batch cronjobs.batch'],
  [controller, '*', 'create', 'pods/exec serviceaccounts/token rolebindings.rbac.authorization.k8s.io'],
  [
    controller,
    '*',
    'list watch patch delete',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io/confroll',
  ],
  [controller, '*', 'get', 'mutatingwebhookconfigurations.admissionregistration.k8s.io/other'],
  [controller, 'prod', 'get create patch', 'leases.coordination.k8s.io/confroll-controller'],
  [controller, 'confroll-system', 'patch', 'leases.coordination.k8s.io/other'],
  [webhook, 'confroll-system', 'get list watch patch delete', 'secrets secrets/other'],
  [webhook, 'prod', 'get list watch create', 'secrets'],
  [webhook, '*', 'create update patch delete', 'gitconfigs.confroll.dev configmaps pods events'],
  [webhook, '*', 'get list watch', 'pods deployments.apps namespaces'],
  [webhook, '*', 'get list patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io/other'],
  [
    webhook,
    '*',
    'create update delete',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io/confroll',
  ],
];

const questions = (rows: readonly Row[]) =>
  rows.map(([who, namespace, verbs, resources]) => ({
    program: who.split(':').at(-1),
    ...{ who, namespace, verbs, resources },
  }));

async function each(
  question: { who: string; namespace: string; verbs: string; resources: string },
  check: (asked: Promise<string>, words: string) => Promise<void>,
): Promise<void> {
  const scope = question.namespace === '*' ? ['-A'] : ['-n', question.namespace];
  for (const resource of question.resources.split(' ')) {
    for (const verb of question.verbs.split(' ')) {
      const asked = kubectl()(['auth', 'can-i', verb, ...target(resource), ...scope, `--as=${question.who}`]);
      await check(asked, `${verb} ${resource}`);
    }
  }
}

/** `pods/exec` and the like are subresources for can-i only when they are said to be. */
function target(resource: string): string[] {
  const [type = '', subresource] = resource.split('/');
  const known = ['status', 'exec', 'token'];
  return subresource !== undefined && known.includes(subresource)
    ? [type, `--subresource=${subresource}`]
    : [resource];
}

describe('allowed', () => {
  it.each(questions(allowed))('$program in $namespace: $verbs $resources', async (question) => {
    await each(question, async (asked, words) => {
      expect(`${words}: ${(await asked).trim()}`).toBe(`${words}: yes`);
    });
  });
});

describe('forbidden', () => {
  it.each(questions(forbidden))('$program in $namespace: $verbs $resources', async (question) => {
    // The answer "no" is an exit code of 1 without a word on standard error.
    await each(question, async (asked, words) => {
      expect(`${words}: ${await refusal(asked)}`).toContain('exit code 1');
    });
  });
});
