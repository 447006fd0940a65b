// Pods as anybody may write them, and configs that they ask for, for fast-check.
import fc from 'fast-check';
import { type Hash12, parseHash12 } from '../../src/api/identifiers.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { ResolvedConfig } from '../../src/webhook/inject.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const key = fc.oneof(
  name,
  fc.constantFrom(
    'app.kubernetes.io/name',
    'a~b/c',
    'confroll.dev/config',
    'hash.confroll.dev/other',
    'x/~1',
  ),
);
const texts = fc.option(fc.dictionary(key, fc.string({ maxLength: 8 }), { maxKeys: 3 }), { nil: undefined });
const path = fc.constantFrom('/data', '/data/', '/var/lib//x', '/etc/other', '/etc/shop2', '/etc');
const mount = fc.record({ name, mountPath: path, subPath: name }, { requiredKeys: ['name', 'mountPath'] });
// Ours of an old Pod's copy, for configs as below, stand among others.
const envFrom = fc.oneof(
  fc.record({ secretRef: fc.record({ name }) }),
  fc.constantFrom(
    { configMapRef: { name: 'shop-0-9f86d081884c-env' } },
    { configMapRef: { name: 'shop-1-9f86d081884c-env' }, prefix: 'OWN_' },
    { configMapRef: { name: 'shop-1-settings-env' } },
  ),
);
const container = fc.record(
  {
    name,
    image: name,
    volumeMounts: fc.array(mount, { maxLength: 3 }),
    env: fc.array(fc.record({ name, value: fc.string() }), { maxLength: 2 }),
    envFrom: fc.array(envFrom, { maxLength: 3 }),
    restartPolicy: fc.constant('Always'),
  },
  { requiredKeys: ['name'] },
);
const volume = fc.oneof(
  fc.record({ name, emptyDir: fc.constant({}) }),
  fc.record({ name, projected: fc.record({ sources: fc.constant([]), defaultMode: fc.constant(420) }) }),
);

export const arbitraryPod: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Pod'),
      metadata: fc.record(
        { name, generateName: name, labels: texts, annotations: texts },
        { requiredKeys: ['name'] },
      ),
      spec: fc.record(
        {
          containers: fc.array(container, { minLength: 1, maxLength: 4 }),
          initContainers: fc.array(container, { maxLength: 3 }),
          volumes: fc.array(volume, { maxLength: 3 }),
          somethingNew: fc.jsonValue(),
        },
        { requiredKeys: ['containers'] },
      ),
    },
    { requiredKeys: ['apiVersion', 'kind', 'metadata', 'spec'] },
  )
  // What the API server sends has been JSON.
  .map((pod): JsonObject => JSON.parse(JSON.stringify(pod)));

const hash: fc.Arbitrary<Hash12> = fc.stringMatching(/^[0-9a-f]{12}$/).map(hash12);
const file = fc.record({ key: name, path: name, executable: fc.boolean() });
const environment = fc.option(fc.constant(['LOG_LEVEL']), { nil: undefined });

/** Distinct names, distinct mount paths. */
export const arbitraryConfigs: fc.Arbitrary<ResolvedConfig[]> = fc
  .array(
    fc.record({
      hash,
      objects: fc.array(fc.array(file, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      environment,
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((configs) =>
    configs.map((config, index) => ({
      ...config,
      name: `shop-${index}`,
      mountPath: `/etc/config-${index}`,
      revision: `main@sha1:${'4'.repeat(40)}`,
    })),
  );

export function hash12(text: string): Hash12 {
  const parsed = parseHash12(text);
  if (parsed === undefined) throw new Error(`not a hash12: ${text}`);
  return parsed;
}
