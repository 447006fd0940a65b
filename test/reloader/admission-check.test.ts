// The trial Pod on a real API server: what it says about admission, and about the Pod itself.
import { beforeAll, describe, expect, it } from 'vitest';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';
import type { Kube } from '../../src/kube/api.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { checkAdmission, type Trial } from '../../src/reloader/admission-check.ts';
import { createAdmissionGate } from '../../src/reloader/admission-gate.ts';
import { type ObservedWorkload, parseObservedWorkload } from '../../src/reloader/observed-workload.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { podCreation, type WorkloadOptions, webhookConfiguration, workload } from '../support/objects.ts';

const server = useApiServer();
const signal = AbortSignal.timeout(300_000);
const hash = 'aaaaaaaaaaaa';
const policy = new URL('admission-policy.yaml', import.meta.url).pathname;
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = createKubectl(server().cluster);
  await kubectl(['apply', '-f', policy]);
  const place = await namespace();
  await eventually(async () => (await check(place)).kind === 'works', { what: 'the policy in force' });
}, 60_000);

async function namespace(): Promise<string> {
  const name = await server().namespace();
  await kubectl(['-n', name, 'create', 'serviceaccount', 'default']);
  return name;
}

function trial(place: string, options: Partial<WorkloadOptions> = {}, spec: object = {}): Trial {
  const made = workload({
    name: 'api',
    templateLabels: { 'confroll.dev/config': 'shop' },
    templateAnnotations: { 'hash.confroll.dev/shop': hash },
    ...options,
  });
  const raw = JSON.parse(JSON.stringify(made));
  const of: ObservedWorkload = parseObservedWorkload({
    ...raw,
    metadata: { ...raw.metadata, namespace: place, uid: 'x' },
    spec: { ...raw.spec, ...spec },
  });
  return { workload: of, template: of.spec.template, pins: [{ config: 'shop', hash }] };
}

const check = (place: string, options: Partial<WorkloadOptions> = {}, spec: object = {}) =>
  checkAdmission(server().kube, trial(place, options, spec), signal);

describe('a trial Pod', () => {
  it('comes back with our volume where admission works', async () => {
    expect(await check(await namespace())).toEqual({ kind: 'works' });
  });

  it('of a StatefulSet has the volumes that its claims will be', async () => {
    const container = { name: 'app', image: 'x', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const options = { kind: 'StatefulSet', podSpec: { containers: [container] } } as const;
    const place = await namespace();
    expect(await check(place, options)).toMatchObject({ kind: 'refused' });
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
    expect(await check(place, options, { volumeClaimTemplates })).toEqual({ kind: 'works' });
  });

  it('without another Snapshot than the one that is meant', async () => {
    const other = { templateAnnotations: { 'hash.confroll.dev/shop': 'bbbbbbbbbbbb' } };
    expect(await check(await namespace(), other)).toMatchObject({ kind: 'notWorking' });
  });

  it('that is refused for a reason of its own says nothing about admission', async () => {
    const place = await namespace();
    await kubectl(['label', 'namespace', place, 'pod-security.kubernetes.io/enforce=restricted']);
    await eventually(async () => (await check(place)).kind === 'refused', { what: 'pod security' });
  });

  it('that no quota has room for leaves it to the configuration', async () => {
    const place = await namespace();
    await kubectl(['-n', place, 'create', 'quota', 'none', '--hard=pods=0']);
    // Without controllers nobody works out a quota's use, and then the quota refuses everything with other words.
    const status = { status: { hard: { pods: '0' }, used: { pods: '0' } } };
    await kubectl([
      '-n',
      place,
      'patch',
      'quota',
      'none',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify(status),
    ]);
    await eventually(async () => (await check(place)).kind === 'notWorking', { what: 'the quota in force' });
    const configuration = webhookConfiguration({
      rules: podCreation,
      namespaceSelector: { matchLabels: { nobody: 'has-this' } },
    });
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(configuration) });
    await eventually(async () => (await check(place)).kind === 'works', {
      what: 'the word of the configuration',
    });
    await kubectl(['label', 'namespace', place, 'confroll.dev/admission=disabled']);
    expect(await check(place)).toMatchObject({ kind: 'notWorking' });
    await kubectl(['delete', 'mutatingwebhookconfiguration', 'confroll']);
  });
});

it('of a refused Pod says the same each time', async () => {
  const place = await namespace();
  await kubectl(['label', 'namespace', place, 'pod-security.kubernetes.io/enforce=restricted']);
  const first = await eventually(async () => {
    const outcome = await check(place);
    return outcome.kind === 'refused' && outcome;
  });
  expect(first.message).toContain('"api-..."');
  expect(await check(place)).toEqual(first);
});

it('is one for all Deployments of a pass, and one for each that deletes Pods first', async () => {
  const place = await namespace();
  let trials = 0;
  const { kube } = server();
  const counting: Pick<Kube, 'create' | 'get'> = {
    get: kube.get,
    create(...request) {
      trials += 1;
      return kube.create(...request);
    },
  };
  const gate = createAdmissionGate({ kube: counting, clock: systemClock }).forPass(place);
  await gate.admits(trial(place), signal);
  await gate.admits(trial(place, { name: 'web' }), signal);
  expect(trials).toBe(1);
  await gate.admits(trial(place, { name: 'db', kind: 'StatefulSet' }), signal);
  await gate.admits(trial(place, { name: 'batch' }, { strategy: { type: 'Recreate' } }), signal);
  expect(trials).toBe(3);
});
