// The reloader on a real API server: how often it writes, when it must not, and what it finds by itself.
import { describe, expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { at, conditionOf, labelOf, pinOf, revisionsOf, textAt } from '../support/reading.ts';
import { allOn, optIn, running, useStage } from './stage.ts';

const stage = useStage();

describe('writes', () => {
  it('are one patch for each of fifty workloads, and none in a quiet world or after a restart', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
    const { place } = await running(stage(), ...names);
    let since = Date.now();
    const two = await place.publish('two');
    await place.ready(two);
    const moved = (await stage().writes(since)).filter(({ resource }) => resource === 'deployments');
    expect(moved.map(({ name, verb, code }) => `${verb} ${name} ${code}`).sort()).toEqual(
      names.map((name) => `patch ${name} 200`).sort(),
    );
    await allOn(stage(), place, two, names.length);

    await eventually(async () => at(await place.config(), 'status', 'workloads', 'summary') === '50/50');
    since = Date.now();
    await stage().stopReloader();
    stage().startReloader();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await stage().writes(since)).toEqual([]);
    const events = await place.events('web-7');
    expect(events.filter((reason) => reason === 'ConfigMoved')).toHaveLength(2);
  });

  it('catch up after a stop: each stale workload once, to the last commit', async () => {
    const { place } = await running(stage(), 'a', 'b');
    const revisions = await revisionsOf(stage(), place.namespace, 'Deployment', 'a');
    await stage().stopReloader();
    const since = Date.now();
    await place.publish('two');
    const three = await place.publish('three');
    stage().startReloader();
    await place.ready(three);
    for (const name of ['a', 'b']) await place.settles('deployment', name, { pin: three });
    expect(await revisionsOf(stage(), place.namespace, 'Deployment', 'a')).toHaveLength(revisions.length + 1);
    const patches = (await stage().writes(since)).filter(({ resource }) => resource === 'deployments');
    expect(patches.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  });
});

describe('finding', () => {
  it('a workload that asks by its template alone, which admission has missed', async () => {
    const place = await stage().place();
    const one = await place.publish('one');
    await place.apply(workload({ name: 'api', templateLabels: optIn }));
    await place.settles('deployment', 'api', { pin: one });
    expect(labelOf(await place.read('deployment', 'api'), 'confroll.dev/config')).toBeUndefined();
    await place.ready(one);
  });

  it('a label that was changed while admission was away: old Pin and labels out, new ones in, one restart', async () => {
    const { place } = await running(stage(), 'api');
    await place.apply(gitConfig({ name: 'store', url: 'https://git.example.com/team/store.git' }));
    const store = await place.publish('store', { config: 'store' });
    const revisions = await revisionsOf(stage(), place.namespace, 'Deployment', 'api');
    await place.kubectl('label', 'deploy/api', 'confroll.dev/config=store', '--overwrite');
    await place.settles('deployment', 'api', { pin: store, config: 'store' });
    const object = await place.read('deployment', 'api');
    expect(pinOf(object)).toBeUndefined();
    expect(JSON.stringify(at(object, 'metadata', 'labels'))).not.toContain('/shop');
    expect(textAt(object, 'spec', 'template', 'metadata', 'labels', 'confroll.dev/config')).toBe('store');
    await eventually(async () => {
      const now = await revisionsOf(stage(), place.namespace, 'Deployment', 'api');
      expect(now).toHaveLength(revisions.length + 1);
      return true;
    });
  });
});

describe('two GitConfigs on one repository', () => {
  it('restart their workload once for one commit', async () => {
    const place = await stage().place();
    const url = 'https://git.example.com/team/config.git';
    await place.apply(gitConfig({ name: 'common', url, path: 'common' }));
    const first = '1'.padStart(40, '0');
    const shop = await place.publish('shop 1', { commit: first });
    const common = await place.publish('common 1', { config: 'common', commit: first });
    const templateAnnotations = { 'confroll.dev/additional-configs': 'common' };
    await place.apply(workload({ name: 'api', labels: optIn, templateAnnotations }));
    await place.settles('deployment', 'api', { pin: shop });
    await place.settles('deployment', 'api', { pin: common, config: 'common' });
    await place.ready(common, 'common');
    const revisions = await revisionsOf(stage(), place.namespace, 'Deployment', 'api');
    const second = '2'.padStart(40, '0');
    const newShop = await place.publish('shop 2', { commit: second });
    await stays(async () => expect(pinOf(await place.read('deployment', 'api'))).toBe(shop), 1);
    const newCommon = await place.publish('common 2', { config: 'common', commit: second });
    await place.settles('deployment', 'api', { pin: newShop });
    await place.settles('deployment', 'api', { pin: newCommon, config: 'common' });
    await place.ready(newShop);
    await place.ready(newCommon, 'common');
    await eventually(async () => {
      const now = await revisionsOf(stage(), place.namespace, 'Deployment', 'api');
      expect(now).toHaveLength(revisions.length + 1);
      return true;
    });
  });
});

describe('a hold by label', () => {
  it('on the Namespace stops every move, and is said; taken off, it goes on', async () => {
    const { place, one } = await running(stage(), 'api');
    await stage().kubectl(['label', 'namespace', place.namespace, 'confroll.dev/hold=incident-42']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const two = await place.publish('two');
    await stays(async () => expect(pinOf(await place.read('deployment', 'api'))).toBe(one), 1);
    const note = at(await place.config(), 'status', 'workloads', 'notCurrent', 0);
    expect(note).toMatchObject({ reason: 'OnHold', message: expect.stringContaining('incident-42') });
    await stage().kubectl(['label', 'namespace', place.namespace, 'confroll.dev/hold-']);
    await place.settles('deployment', 'api', { pin: two });
  });
});

describe('in some namespaces only', () => {
  it('moves there and nowhere else, and respects the hold of their Namespace', async () => {
    const inside = await running(stage(), 'api');
    const outside = await running(stage(), 'api');
    await stage().stopReloader();
    stage().startReloader([inside.place.namespace]);
    try {
      const two = await inside.place.publish('two');
      await outside.place.publish('two');
      await inside.place.settles('deployment', 'api', { pin: two });
      await stage().kubectl(['label', 'namespace', inside.place.namespace, 'confroll.dev/hold=x']);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const three = await inside.place.publish('three');
      await stays(async () => expect(pinOf(await inside.place.read('deployment', 'api'))).toBe(two), 1);
      await stage().kubectl(['label', 'namespace', inside.place.namespace, 'confroll.dev/hold-']);
      await inside.place.settles('deployment', 'api', { pin: three });
      expect(pinOf(await outside.place.read('deployment', 'api'))).toBe(outside.one);
    } finally {
      await stage().stopReloader();
      stage().startReloader();
    }
  });
});

describe('a workload whose change a policy refuses', () => {
  it('is left alone with words, and holds nobody else up', async () => {
    const { place, one } = await running(stage(), 'api', 'locked');
    await stage().apply('default', ...refusal(place.namespace, 'locked'));
    const selector = [
      '-n',
      place.namespace,
      'annotate',
      'deploy/locked',
      'x=y',
      '--dry-run=server',
      '--overwrite',
    ];
    await eventually(
      () =>
        stage()
          .kubectl(selector)
          .then(
            () => false,
            () => true,
          ),
      { what: 'the policy in force' },
    );
    const two = await place.publish('two');
    await place.settles('deployment', 'api', { pin: two });
    await eventually(async () => (await place.events('locked')).includes('ConfigNotMoved'));
    await eventually(async () => {
      const note = at(await place.config(), 'status', 'workloads', 'notCurrent', 0);
      expect(note).toMatchObject({ name: 'locked', reason: 'PatchRefused' });
      expect(at(note, 'message')).toContain('locked down');
      return true;
    });
    expect(pinOf(await place.read('deployment', 'locked'))).toBe(one);
    for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
      await stage().kubectl(['delete', kind, 'locked.test']);
    await place.ready(two);
  });
});

describe('status', () => {
  it('lists what is missing, and is not ready while Git cannot be fetched', async () => {
    const { place, one } = await running(stage(), 'api');
    await place.publish('one', { fetched: false });
    await eventually(async () => conditionOf(await place.config(), 'Ready')?.reason === 'Unreachable');
    expect(conditionOf(await place.config(), 'RolledOut')?.status).toBe('True');
    expect(conditionOf(await place.config(), 'Reconciling')?.status).toBe('True');
    await place.publish('one');
    await place.ready(one);
    await place.kubectl('delete', 'configmap', `shop-${one}`);
    await eventually(
      async () => JSON.stringify(at(await place.config(), 'status', 'missing')) === `["${one}"]`,
    );
    await place.snapshot('one');
    await eventually(async () => at(await place.config(), 'status', 'missing') === undefined);
    expect(pinOf(await place.read('deployment', 'api'))).toBe(one);
  });

  it('is written by two managers that share no field', async () => {
    const { place } = await running(stage(), 'api');
    const text = await place.kubectl('get', 'gitconfig', 'shop', '-o', 'json', '--show-managed-fields');
    const fields = at(JSON.parse(text), 'metadata', 'managedFields');
    const owned = (manager: string): string[] =>
      (Array.isArray(fields) ? fields : [])
        .filter((entry) => at(entry, 'manager') === manager && at(entry, 'subresource') === 'status')
        .flatMap((entry) => leaves(at(entry, 'fieldsV1')));
    const [sync, reloader] = [owned('confroll-sync'), owned('confroll-reloader')];
    expect(sync.length).toBeGreaterThan(0);
    expect(reloader.length).toBeGreaterThan(0);
    expect(sync.filter((field) => reloader.includes(field))).toEqual([]);
  });
});

function leaves(fields: unknown, path = ''): string[] {
  if (typeof fields !== 'object' || fields === null) return [];
  const entries = Object.entries(fields);
  return entries.length === 0 ? [path] : entries.flatMap(([key, value]) => leaves(value, `${path}/${key}`));
}

function refusal(namespace: string, name: string): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'locked.test' };
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations: ['UPDATE'],
    resources: ['deployments'],
  };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [
          { name: 'one', expression: `request.name == '${name}' && request.namespace == '${namespace}'` },
        ],
        validations: [{ expression: 'false', message: 'locked down' }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}
