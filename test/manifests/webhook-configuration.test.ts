// Which requests are sent to the webhook, asked of the API server itself: the address is one where nobody listens, so a
// request that is sent is refused (Fail) or counted as failed open (Ignore).
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Kubectl } from '../../local/kubectl.ts';
import { webhookConfigurationName, webhookNames } from '../../src/api/keys.ts';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import { workload } from '../support/objects.ts';
import { manifests, refusal, useApiServer } from './api-server.ts';

const kubectl = useApiServer(async (ready) => {
  for (const [name, ...labels] of [
    ['shop'],
    ['off', 'confroll.dev/admission=disabled'],
    ['confroll-system'],
  ] as const) {
    await ready(['create', 'namespace', name]);
    if (labels.length > 0) await ready(['label', 'namespace', name, ...labels]);
    await ready(['-n', name, 'create', 'serviceaccount', 'default']).catch(() => '');
  }
  await ready([
    'create',
    'clusterrolebinding',
    'everything',
    '--clusterrole=cluster-admin',
    '--serviceaccount=confroll-system:confroll-controller',
  ]);
  // Workloads from before there was a webhook.
  await apply(
    ready,
    'shop',
    workload({ name: 'labelled', labels: optIn }),
    workload({ name: 'template', templateLabels: optIn }),
    workload({ name: 'plain' }),
  );
  await ready(['apply', '-f', '-'], { input: JSON.stringify(await unreachable(ready)) });
  await whenCalled(ready);
});
const optIn = { 'confroll.dev/config': 'shop' };
const controller = 'system:serviceaccount:confroll-system:confroll-controller';

async function unreachable(ready: Kubectl): Promise<JsonObject> {
  const rendered: unknown = load(
    await ready([
      'create',
      '--dry-run=client',
      '-o',
      'yaml',
      '-f',
      `${manifests}/base/webhook-configuration.yaml`,
    ]),
  );
  if (!isRecord(rendered) || !Array.isArray(rendered.webhooks)) throw new Error('no webhook configuration');
  const webhooks = rendered.webhooks.filter(isRecord);
  return {
    ...rendered,
    webhooks: webhooks.map((entry) => ({ ...entry, clientConfig: { url: 'https://127.0.0.1:1/' } })),
  };
}

const apply = (ready: Kubectl, namespace: string, ...items: object[]): Promise<string> =>
  ready(['-n', namespace, 'apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });

const pod = (labels: object, annotations: object = {}, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', labels, annotations },
  spec: { containers: [{ name: 'app', image: 'none' }], ...spec },
});

/** The API server reads its configuration a moment later. */
async function whenCalled(ready: Kubectl): Promise<void> {
  const asked = (): Promise<boolean> =>
    ready(['-n', 'shop', 'create', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(pod(optIn)),
    }).then(
      () => false,
      (error: unknown) => String(error).includes(webhookNames.pods),
    );
  while (!(await asked())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const create = (namespace: string, object: object, ...flags: string[]): Promise<string> =>
  kubectl()(['-n', namespace, 'create', '--dry-run=server', ...flags, '-f', '-'], {
    input: JSON.stringify(object),
  });

describe('at creation', () => {
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
  const workloads = kinds.flatMap((kind) => [
    [`${kind} with the label`, workload({ kind, name: 'new', labels: optIn })] as const,
    [
      `${kind} with the label in its template`,
      workload({ kind, name: 'new', templateLabels: optIn }),
    ] as const,
  ]);

  it.each(workloads)('sent, and refused while nobody answers: %s', async (_, object) => {
    expect(await refusal(create('shop', object))).toContain(webhookNames.workloadCreate);
  });

  it('sent, and refused while nobody answers: Pod with the label', async () => {
    expect(await refusal(create('shop', pod(optIn)))).toContain(webhookNames.pods);
  });

  it.each([
    ['Pod without the label', 'shop', pod({ app: 'x' })],
    [
      'Pod of a node itself',
      'shop',
      pod(optIn, { 'kubernetes.io/config.mirror': 'x' }, { nodeName: 'node' }),
    ],
    ['Deployment without the label', 'shop', workload({ name: 'new', labels: { app: 'x' } })],
    ['Deployment whose Pods have no other label', 'shop', workload({ name: 'new' })],
    ['Pod in a namespace that is switched off', 'off', pod(optIn)],
    ['Deployment in a namespace that is switched off', 'off', workload({ name: 'new', labels: optIn })],
    ["Pod in confroll's own namespace", 'confroll-system', pod(optIn)],
    ['Deployment in kube-system', 'kube-system', workload({ name: 'new', labels: optIn })],
  ])('not sent: %s', async (_, namespace, object) => {
    expect(await create(namespace, object)).toContain('created');
  });
});

describe('at update', () => {
  /** Calls that failed open so far, and match conditions that could not be evaluated. */
  const counts = async (): Promise<{ sent: number; errors: number }> => {
    const lines = (await kubectl()(['get', '--raw', '/metrics'])).split('\n');
    const sum = (metric: string): number =>
      lines
        .filter((line) => line.startsWith(metric) && line.includes(webhookNames.workloadUpdate))
        .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    return {
      sent: sum('apiserver_admission_webhook_fail_open_count'),
      errors: sum('apiserver_admission_match_condition_evaluation_errors_total'),
    };
  };

  const template = (change: object): string => JSON.stringify({ spec: { template: change } });
  const image = template({ metadata: { annotations: { at: 'now' } } });
  const notes = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`note-${n}`, 'x'.repeat(80)]));
  const big = JSON.stringify(workload({ name: 'labelled', labels: optIn, templateAnnotations: notes }));

  it.each([
    ['the template of one with the label', ['patch', 'deployment/labelled', '-p', image]],
    ['the template of one with the label in it', ['patch', 'deployment/template', '-p', image]],
    ['a very big template', ['replace', '-f', '-'], big],
    ['another label', ['label', 'deployment/labelled', 'held.confroll.dev/shop=x']],
    ['opting out', ['label', 'deployment/labelled', 'confroll.dev/config-']],
    ['opting in', ['label', 'deployment/plain', 'confroll.dev/config=shop']],
    [
      'a template that loses the label',
      [
        'patch',
        'deployment/template',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/spec/template/metadata/labels/confroll.dev~1config"}]',
      ],
    ],
  ])('sent, and let through while nobody answers: %s', async (_, args, input = '') => {
    const before = await counts();
    await kubectl()(['-n', 'shop', '--dry-run=server', ...args], { input });
    expect(await counts()).toEqual({ ...before, sent: before.sent + 1 });
  });

  it.each([
    ['scaling', ['scale', 'deployment/labelled', '--replicas=3']],
    [
      'replicas by a patch',
      ['patch', 'deployment/labelled', '--dry-run=server', '-p', '{"spec":{"replicas":4}}'],
    ],
    ['an annotation', ['annotate', '--dry-run=server', 'deployment/labelled', 'note=x']],
    ['the template of one without the label', ['patch', 'deployment/plain', '--dry-run=server', '-p', image]],
    ['a label of one without the label', ['label', '--dry-run=server', 'deployment/plain', 'note=x']],
    [
      "the controller's own patch",
      ['patch', 'deployment/labelled', '--dry-run=server', '-p', image, `--as=${controller}`],
    ],
    [
      'status',
      [
        'patch',
        'deployment/labelled',
        '--dry-run=server',
        '--subresource=status',
        '-p',
        '{"status":{"replicas":1}}',
      ],
    ],
  ])('not sent: %s', async (_, args) => {
    const before = await counts();
    await kubectl()(['-n', 'shop', ...args]);
    expect(await counts()).toEqual(before);
  });
});

it('has the names that the code uses', async () => {
  const names = await kubectl()([
    'get',
    'mutatingwebhookconfiguration',
    webhookConfigurationName,
    '-o',
    'jsonpath={.webhooks[*].name}',
  ]);
  expect(names.split(' ')).toEqual(Object.values(webhookNames));
});
