// What a Pod is after injection: laws over any Pod, and the cases that people meet.
import fc from 'fast-check';
import { apply_patch } from 'jsonpatch';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { inject, type ResolvedConfig } from '../../src/webhook/inject.ts';
import { createPatch } from '../../src/webhook/patch.ts';
import { recordsAt, textsAt } from '../../src/webhook/raw.ts';
import { testSize } from '../support/size.ts';
import { arbitraryConfigs, arbitraryPod, hash12 } from './arbitrary-pods.ts';

const numRuns = testSize({ usual: 500, full: 20_000 });
const shop: ResolvedConfig = {
  name: 'shop',
  hash: hash12('9f86d081884c'),
  mountPath: '/etc/shop',
  revision: `main@sha1:${'4fe1'.repeat(10)}`,
  objects: [[{ key: 'app.yaml', path: 'app.yaml', executable: false }]],
};
const common: ResolvedConfig = {
  ...shop,
  name: 'common',
  hash: hash12('aaaaaaaaaaaa'),
  mountPath: '/etc/common',
};

function injected(pod: JsonObject, configs: readonly ResolvedConfig[]): JsonObject {
  const result = inject(pod, configs, '1.2.3');
  if (result.kind === 'conflict') throw new Error(result.problem);
  return result.pod;
}

function problem(pod: JsonObject, configs: readonly ResolvedConfig[]): string {
  const result = inject(pod, configs, '1.2.3');
  return result.kind === 'conflict' ? result.problem : 'no problem';
}

const podOf = (spec: JsonObject): JsonObject => ({ metadata: { name: 'web' }, spec });

describe('laws', () => {
  it('a second injection changes nothing, not even the identity', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
        const once = injected(pod, configs);
        const twice = injected(once, configs);
        expect(twice).toStrictEqual(once);
        // As it comes back from the API server at the second call.
        const sent: JsonObject = JSON.parse(JSON.stringify(once));
        expect(createPatch(sent, injected(sent, configs))).toStrictEqual({ kind: 'ok', operations: [] });
      }),
      { numRuns },
    );
  });

  it('the patch gives exactly the injected Pod', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
        const before: JsonObject = JSON.parse(JSON.stringify(pod));
        const after = injected(pod, configs);
        const patch = createPatch(pod, after);
        if (patch.kind !== 'ok') throw new Error(patch.why);
        const wire: typeof patch.operations = JSON.parse(JSON.stringify(patch.operations));
        expect(apply_patch(before, [...wire])).toStrictEqual(after);
        // Nothing that came in was changed in place.
        expect(pod).toStrictEqual(before);
      }),
      { numRuns },
    );
  });

  it('nothing of the user is lost, moved or changed', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
        const after = injected(pod, configs);
        expect(after).toMatchObject(withoutArrays(pod));
        for (const list of ['initContainers', 'containers']) {
          const before = recordsAt(pod, 'spec', list);
          const now = recordsAt(after, 'spec', list);
          expect(now.length).toBe(before.length);
          for (const [index, container] of before.entries()) {
            const { volumeMounts: _, envFrom: __, ...rest } = container;
            expect(now[index]).toMatchObject(rest);
            const isOfAnOldPod = ({ configMapRef, prefix }: JsonObject): boolean =>
              prefix === undefined && JSON.stringify(configMapRef)?.includes('shop-0-9f86') === true;
            const sources = recordsAt(container, 'envFrom').filter((source) => !isOfAnOldPod(source));
            const kept = sources.length === 0 ? [] : recordsAt(now[index], 'envFrom').slice(-sources.length);
            expect(kept).toStrictEqual(sources);
            const mounts = recordsAt(container, 'volumeMounts');
            expect(recordsAt(now[index], 'volumeMounts').slice(0, mounts.length)).toStrictEqual(mounts);
          }
        }
        const volumes = recordsAt(pod, 'spec', 'volumes');
        expect(recordsAt(after, 'spec', 'volumes').slice(0, volumes.length)).toStrictEqual(volumes);
      }),
      { numRuns },
    );
  });

  it('every container and init container mounts every config, read-only', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryConfigs, (pod, configs) => {
        const after = injected(pod, configs);
        const containers = [
          ...recordsAt(after, 'spec', 'initContainers'),
          ...recordsAt(after, 'spec', 'containers'),
        ];
        for (const container of containers) {
          for (const { name, mountPath } of configs) {
            expect(recordsAt(container, 'volumeMounts')).toContainEqual({
              name: `confroll-${name}`,
              mountPath,
              readOnly: true,
            });
          }
        }
      }),
      { numRuns },
    );
  });
});

describe('a Pod', () => {
  it('tells in its annotations and labels what it runs on and what was added', () => {
    const pod = injected(podOf({ containers: [{ name: 'app' }], initContainers: [{ name: 'init' }] }), [
      shop,
      common,
    ]);
    const annotations = textsAt(pod, 'metadata', 'annotations');
    expect(annotations['hash.confroll.dev/shop']).toBe('9f86d081884c');
    expect(annotations['revision.confroll.dev/shop']).toBe(shop.revision);
    expect(JSON.parse(annotations['confroll.dev/injected'] ?? '')).toStrictEqual({
      version: '1.2.3',
      configs: {
        shop: {
          hash: '9f86d081884c',
          volume: 'confroll-shop',
          mountPath: '/etc/shop',
          containers: ['init', 'app'],
        },
        common: {
          hash: 'aaaaaaaaaaaa',
          volume: 'confroll-common',
          mountPath: '/etc/common',
          containers: ['init', 'app'],
        },
      },
    });
    expect(textsAt(pod, 'metadata', 'labels')).toStrictEqual({
      'pin.confroll.dev/shop': '9f86d081884c',
      'pin.confroll.dev/common': 'aaaaaaaaaaaa',
    });
  });

  it('of plain files has no items; one other file lists them all', () => {
    const volumes = (config: ResolvedConfig) =>
      recordsAt(injected(podOf({ containers: [] }), [config]), 'spec', 'volumes');
    expect(volumes(shop)).toStrictEqual([
      {
        name: 'confroll-shop',
        projected: { sources: [{ configMap: { name: 'shop-9f86d081884c' } }], defaultMode: 420 },
      },
    ]);
    const files = [
      { key: 'app.yaml', path: 'app.yaml', executable: false },
      { key: 'k1', path: 'html/a b.html', executable: false },
      { key: 'run.sh', path: 'run.sh', executable: true },
    ];
    expect(volumes({ ...shop, objects: [shop.objects[0] ?? [], files, []] })).toMatchObject([
      {
        projected: {
          sources: [
            { configMap: { name: 'shop-9f86d081884c' } },
            { configMap: { name: 'shop-9f86d081884c-1', items: [{}, {}, {}] } },
            { configMap: { name: 'shop-9f86d081884c-2' } },
          ],
        },
      },
    ]);
    expect(volumes({ ...shop, objects: [files] })).toStrictEqual([
      {
        name: 'confroll-shop',
        projected: {
          sources: [
            {
              configMap: {
                name: 'shop-9f86d081884c',
                items: [
                  { key: 'app.yaml', path: 'app.yaml' },
                  { key: 'k1', path: 'html/a b.html' },
                  { key: 'run.sh', path: 'run.sh', mode: 493 },
                ],
              },
            },
          ],
          defaultMode: 420,
        },
      },
    ]);
  });

  it('that another webhook gave a container after us is completed, the rest stays as it is', () => {
    const first = injected(podOf({ containers: [{ name: 'app' }] }), [shop]);
    const spec = { ...podSpec(first), initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] };
    const second = injected({ ...first, spec }, [shop]);
    const patch = createPatch({ ...first, spec }, second);
    expect(patch.kind === 'ok' ? patch.operations.map(({ op, path }) => `${op} ${path}`) : []).toStrictEqual([
      'replace /metadata/annotations/confroll.dev~1injected',
      'add /spec/initContainers/0/volumeMounts',
    ]);
  });

  it('with our volume over older content gets the new one in its place', () => {
    const sources = [
      { configMap: { name: 'shop-000000000000', items: [{ key: 'a', path: 'a' }] } },
      { configMap: { name: 'shop-000000000000-1' } },
    ];
    const volumes = [
      { name: 'confroll-shop', projected: { sources } },
      { name: 'data', emptyDir: {} },
    ];
    const pod = injected(podOf({ containers: [{ name: 'app' }], volumes }), [shop]);
    expect(recordsAt(pod, 'spec', 'volumes').map((volume) => Object.keys(volume))).toStrictEqual([
      ['name', 'projected'],
      ['name', 'emptyDir'],
    ]);
    expect(JSON.stringify(pod)).not.toContain('shop-000000000000');
  });

  const configMap = { name: 'shop-000000000000' };
  it.each<[string, JsonObject]>([
    ['an empty folder', { emptyDir: {} }],
    ['a claim', { persistentVolumeClaim: { claimName: 'data' } }],
    ['a ConfigMap that is not projected', { configMap }],
    ['a projected volume of nothing', { projected: { sources: [] } }],
    ['a ConfigMap of another name', { projected: { sources: [{ configMap: { name: 'shop-app' } }] } }],
    [
      'a Snapshot of another config',
      { projected: { sources: [{ configMap: { name: 'common-000000000000' } }] } },
    ],
    [
      'the variables of a Snapshot',
      { projected: { sources: [{ configMap: { name: 'shop-000000000000-env' } }] } },
    ],
    ['a Snapshot and a Secret', { projected: { sources: [{ configMap }, { secret: { name: 'tls' } }] } }],
  ])('that gave our name to %s of its own is refused', (_, source) => {
    const volumes = [{ name: 'confroll-shop', ...source }];
    expect(problem(podOf({ containers: [{ name: 'app' }], volumes }), [shop])).toBe(
      'the Pod has a volume "confroll-shop" of its own, and that is the name of the volume of GitConfig "shop": rename it in the Pod template, in volumes and in volumeMounts',
    );
  });

  it('that mounts our volume in its own way keeps that mount', () => {
    const own = { name: 'confroll-shop', mountPath: '/etc/shop', subPath: 'html' };
    const pod = injected(podOf({ containers: [{ name: 'app', volumeMounts: [own] }] }), [shop]);
    expect(recordsAt(pod, 'spec', 'containers')[0]?.volumeMounts).toStrictEqual([own]);
  });

  it.each(['/etc/shop', '/etc/shop/', '/etc//shop', '/etc/./shop'])(
    'that mounts something else at %s is refused',
    (mountPath) => {
      const spec = {
        containers: [{ name: 'app' }],
        initContainers: [{ name: 'init', volumeMounts: [{ name: 'data', mountPath }] }],
      };
      expect(problem(podOf(spec), [shop])).toBe(
        `container "init" already mounts volume "data" at ${mountPath}, where GitConfig "shop" would be mounted: write another path into the annotation confroll.dev/mount-path of the Pod template, or mount the volume elsewhere`,
      );
      expect(problem(podOf(spec), [common, shop])).toContain(
        'write "shop=<another path>" into the annotation confroll.dev/additional-configs of the Pod template',
      );
    },
  );

  it.each(['data', 'confroll-shop'])('that mounts %s below our mount path is refused', (name) => {
    const volumeMounts = [{ name, mountPath: '/etc//shop/sub' }];
    expect(problem(podOf({ containers: [{ name: 'app', volumeMounts }] }), [shop])).toBe(
      `container "app" already mounts volume "${name}" at /etc//shop/sub, below /etc/shop where GitConfig "shop" would be mounted: write another path into the annotation confroll.dev/mount-path of the Pod template, or mount the volume elsewhere`,
    );
  });

  it.each(['/etc', '/', '/etc/shopping'])('that mounts something at %s gets ours as well', (mountPath) => {
    const volumeMounts = [{ name: 'data', mountPath }];
    expect(problem(podOf({ containers: [{ name: 'app', volumeMounts }] }), [shop])).toBe('no problem');
  });

  it.each([
    ['/etc/shop', '/etc/shop/more', 'common', 'shop'],
    ['/etc/shop/more', '/etc/shop', 'shop', 'common'],
  ])('that would have configs at %s and %s is refused', (first, second, inner, outer) => {
    const configs = [
      { ...shop, mountPath: first },
      { ...common, mountPath: second },
    ];
    expect(problem(podOf({ containers: [] }), configs)).toContain(
      `GitConfig "${inner}" would be mounted at /etc/shop/more, below /etc/shop where GitConfig "${outer}" is read-only: write`,
    );
  });

  it('that would have two configs at one path is refused', () => {
    expect(problem(podOf({ containers: [] }), [shop, { ...common, mountPath: '/etc/shop/' }])).toBe(
      'GitConfigs "shop" and "common" would both be mounted at /etc/shop/: write "common=<another path>" into the annotation confroll.dev/additional-configs of the Pod template',
    );
  });

  it('without configs stays the very same', () => {
    const pod = podOf({ containers: [{ name: 'app' }] });
    expect(injected(pod, [])).toBe(pod);
  });
});

function podSpec(pod: JsonObject): object {
  const { spec } = pod;
  return typeof spec === 'object' && spec !== null ? spec : {};
}

function withoutArrays(value: JsonObject): object {
  return JSON.parse(JSON.stringify(value, (_, part) => (Array.isArray(part) ? undefined : part)));
}
