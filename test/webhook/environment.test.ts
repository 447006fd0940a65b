// Who gets the variables of a Pod's configs, in which order, and what a second call and the copy of an old Pod change.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/lib/json.ts';
import { inject, type ResolvedConfig } from '../../src/webhook/inject.ts';
import { createPatch } from '../../src/webhook/patch.ts';
import { recordsAt, textsAt, valueAt, withValue } from '../../src/webhook/raw.ts';
import { testSize } from '../support/size.ts';
import { arbitraryConfigs, arbitraryPod, hash12 } from './arbitrary-pods.ts';

const shop: ResolvedConfig = {
  name: 'shop',
  hash: hash12('9f86d081884c'),
  mountPath: '/etc/shop',
  revision: `main@sha1:${'4fe1'.repeat(10)}`,
  objects: [[{ key: '.env', path: '.env', executable: false }]],
  environment: ['LOG_LEVEL'],
};
const common: ResolvedConfig = {
  ...shop,
  name: 'common',
  hash: hash12('aaaaaaaaaaaa'),
  mountPath: '/etc/common',
};
const newer: ResolvedConfig = { ...shop, hash: hash12('60303ae22b99') };

const refOf = (name: string): JsonObject => ({ configMapRef: { name } });
const shopRef = refOf('shop-9f86d081884c-env');

function injected(pod: JsonObject, configs: readonly ResolvedConfig[]): JsonObject {
  const result = inject(pod, configs, '1.2.3');
  if (result.kind === 'conflict') throw new Error(result.problem);
  return result.pod;
}

function podOf(
  containers: readonly JsonObject[],
  more: JsonObject = {},
  annotations: JsonObject = {},
): JsonObject {
  return { metadata: { name: 'web', annotations }, spec: { containers, ...more } };
}

/** Of each container by name, init containers too. */
function envFromOf(pod: JsonObject): Readonly<Record<string, unknown>> {
  const containers = [...recordsAt(pod, 'spec', 'initContainers'), ...recordsAt(pod, 'spec', 'containers')];
  return Object.fromEntries(containers.map(({ name, envFrom }) => [String(name), envFrom]));
}

function reportOf(pod: JsonObject, config = 'shop'): unknown {
  const report = parseJson(textsAt(pod, 'metadata', 'annotations')['confroll.dev/injected'] ?? '');
  return valueAt(report, 'configs', config, 'environment');
}

const withContainer = (pod: JsonObject, container: JsonObject): JsonObject =>
  withValue(pod, ['spec', 'containers'], [...recordsAt(pod, 'spec', 'containers'), container]);

describe('the variables', () => {
  it('go into all containers and init containers that are there, and the annotation says so', () => {
    const pod = injected(podOf([{ name: 'app' }], { initContainers: [{ name: 'init' }] }), [shop]);
    expect(envFromOf(pod)).toEqual({ init: [shopRef], app: [shopRef] });
    expect(reportOf(pod)).toEqual({ configMap: 'shop-9f86d081884c-env', containers: ['init', 'app'] });
  });

  it('stand before what the workload says itself', () => {
    const own = [{ secretRef: { name: 'own' } }, { ...shopRef, prefix: 'OWN_' }];
    const pod = injected(podOf([{ name: 'app', env: [{ name: 'A', value: '1' }], envFrom: own }]), [shop]);
    expect(envFromOf(pod)).toEqual({ app: [shopRef, ...own] });
  });

  it('of additional configs come first, so that a later one and then the one of the label win', () => {
    const flags = { ...common, name: 'flags', mountPath: '/etc/flags' };
    const pod = injected(podOf([{ name: 'app' }]), [shop, common, flags]);
    const inOrder = [refOf('common-aaaaaaaaaaaa-env'), refOf('flags-aaaaaaaaaaaa-env'), shopRef];
    expect(envFromOf(pod)).toEqual({ app: inOrder });
  });

  it('are none where the content has none', () => {
    const pod = injected(podOf([{ name: 'app' }]), [{ ...shop, environment: undefined }]);
    expect(envFromOf(pod)).toEqual({ app: undefined });
    expect(reportOf(pod)).toBeUndefined();
  });

  it('do not go into a container that another webhook adds after the first call; files do', () => {
    const once = injected(podOf([{ name: 'app' }]), [shop]);
    const twice = injected(withContainer(once, { name: 'proxy' }), [shop]);
    expect(envFromOf(twice)).toEqual({ app: [shopRef], proxy: undefined });
    expect(reportOf(twice)).toEqual(reportOf(once));
    const mounts = recordsAt(twice, 'spec', 'containers').map((container) =>
      recordsAt(container, 'volumeMounts'),
    );
    expect(mounts.map((each) => each.length)).toEqual([1, 1]);
    expect(injected(twice, [shop])).toStrictEqual(twice);
  });

  it('are added with a patch that leaves what was there alone', () => {
    const pod = podOf([{ name: 'app', envFrom: [{ secretRef: { name: 'own' } }] }]);
    const patch = createPatch(pod, injected(pod, [shop, common]));
    if (patch.kind !== 'ok') throw new Error(patch.why);
    const paths = patch.operations.filter(({ path }) => path.includes('envFrom'));
    expect(paths).toEqual([
      { op: 'add', path: '/spec/containers/0/envFrom/0', value: refOf('common-aaaaaaaaaaaa-env') },
      { op: 'add', path: '/spec/containers/0/envFrom/1', value: shopRef },
    ]);
  });
});

describe('the copy of an old Pod', () => {
  const old = injected(podOf([{ name: 'app', envFrom: [{ secretRef: { name: 'own' } }] }]), [shop]);

  it('gets the newer entry in place of the old one', () => {
    expect(envFromOf(injected(old, [newer]))).toEqual({
      app: [refOf('shop-60303ae22b99-env'), { secretRef: { name: 'own' } }],
    });
  });

  it('loses the old entry where the newer content has no variables', () => {
    const pod = injected(old, [{ ...newer, environment: undefined }]);
    expect(envFromOf(pod)).toEqual({ app: [{ secretRef: { name: 'own' } }] });
  });

  it('with containers of other names gets them there: the annotation tells of another Pod', () => {
    const renamed = withValue(old, ['spec', 'containers'], [{ name: 'web' }, { name: 'worker' }]);
    expect(envFromOf(injected(renamed, [shop]))).toEqual({ web: [shopRef], worker: [shopRef] });
  });

  it('with a newer Pin counts its containers anew', () => {
    const pod = injected(withContainer(old, { name: 'worker' }), [newer]);
    expect(Object.keys(envFromOf(pod))).toEqual(['app', 'worker']);
    expect(reportOf(pod)).toMatchObject({ containers: ['app', 'worker'] });
  });

  it.each(['{', '[]', '{"configs":{"shop":{"hash":"9f86d081884c","environment":{"containers":"app"}}}}'])(
    'with %s for an annotation is injected like any other',
    (text) => {
      const pod = podOf([{ name: 'app' }], {}, { 'confroll.dev/injected': text });
      expect(envFromOf(injected(pod, [shop]))).toEqual({ app: [shopRef] });
    },
  );
});

describe('the annotation confroll.dev/containers', () => {
  const choosing = (text: string): JsonObject =>
    podOf(
      [{ name: 'app' }, { name: 'proxy' }],
      { initContainers: [{ name: 'init' }] },
      { 'confroll.dev/containers': text },
    );

  it('chooses who gets files and variables', () => {
    const pod = injected(choosing(' app, init,'), [shop]);
    expect(envFromOf(pod)).toEqual({ init: [shopRef], app: [shopRef], proxy: undefined });
    const containers = [...recordsAt(pod, 'spec', 'initContainers'), ...recordsAt(pod, 'spec', 'containers')];
    expect(containers.map((container) => recordsAt(container, 'volumeMounts').length)).toEqual([1, 1, 0]);
    const report = parseJson(textsAt(pod, 'metadata', 'annotations')['confroll.dev/injected'] ?? '');
    expect(valueAt(report, 'configs', 'shop')).toMatchObject({
      containers: ['init', 'app'],
      environment: { containers: ['init', 'app'] },
    });
    expect(injected(pod, [shop])).toStrictEqual(pod);
  });

  it.each([
    ['app,worker', 'names "worker", and the Pod has "init", "app", "proxy"; write some of these'],
    ['', 'names no container; write some of "init", "app", "proxy", or take it away for all'],
    [' , ', 'names no container; write some of "init", "app", "proxy", or take it away for all'],
  ])('of "%s" is refused', (text, why) => {
    expect(inject(choosing(text), [shop], '1.2.3')).toEqual({
      kind: 'conflict',
      problem: `the annotation confroll.dev/containers of the Pod template ${why}`,
    });
  });

  it('is not looked at in a Pod without configs', () => {
    const pod = choosing('nobody');
    expect(inject(pod, [], '1.2.3')).toEqual({ kind: 'ok', pod });
  });
});

it('a container that is added after the first call gets none, whatever the Pod', () => {
  fc.assert(
    fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
      const once = injected(pod, configs);
      const twice = injected(withContainer(once, { name: 'added-later' }), configs);
      const { 'added-later': added, ...others } = envFromOf(twice);
      expect(added).toBeUndefined();
      expect(others).toEqual(envFromOf(once));
      for (const { name } of configs) expect(reportOf(twice, name)).toEqual(reportOf(once, name));
    }),
    { numRuns: testSize({ usual: 300, full: 10_000 }) },
  );
});

it('each container has one entry for each config with variables, whatever it had before', () => {
  fc.assert(
    fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
      const after = injected(pod, configs);
      for (const list of ['initContainers', 'containers']) {
        for (const container of recordsAt(after, 'spec', list)) {
          const names = recordsAt(container, 'envFrom')
            .filter(({ prefix }) => prefix === undefined)
            .map((source) => valueAt(source, 'configMapRef', 'name'));
          for (const { name, hash, environment } of configs) {
            const ours = names.filter((each) => new RegExp(`^${name}-[0-9a-f]{12}-env$`).test(String(each)));
            expect(ours).toEqual(environment === undefined ? [] : [`${name}-${hash}-env`]);
          }
        }
      }
    }),
    { numRuns: testSize({ usual: 300, full: 10_000 }) },
  );
});
