// The environment of a Pod's configs: `envFrom` of the pinned object, before whatever the container has itself, so that
// what the workload says wins.
import { isDeepStrictEqual } from 'node:util';
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { injectedAnnotation } from '../api/keys.ts';
import { environmentName } from '../api/snapshot-parts.ts';
import { type JsonObject, parseJson } from '../lib/json.ts';
import { containerLists, containerNames } from './containers.ts';
import { recordsAt, textsAt, valueAt, withValue } from './raw.ts';

type Config = {
  readonly name: string;
  readonly hash: Hash12;
  /** Names of variables; undefined when it has none. */
  readonly environment?: readonly string[] | undefined;
};

/** Which containers get the variables of which config. */
export type EnvironmentTargets = ReadonlyMap<string, readonly string[]>;

/**
 * Containers that another webhook adds to a Pod later are none of the workload's, and variables would change what they
 * do: a second call keeps to those that the first one found and wrote down. `chosen`: the ones that the Pod names itself.
 */
export function environmentTargets(
  pod: JsonObject,
  configs: readonly Config[],
  chosen: ReadonlySet<string> | undefined,
): EnvironmentTargets {
  const report = parseJson(textsAt(pod, 'metadata', 'annotations')[injectedAnnotation] ?? '');
  const all = containerNames(pod).filter((name) => chosen?.has(name) ?? true);
  return new Map(
    configs
      .filter(({ environment }) => environment !== undefined)
      .map((config) => {
        const recorded = chosen === undefined ? recordedTargets(pod, config, report) : undefined;
        return [config.name, recorded ?? all];
      }),
  );
}

/** The first config is the one of the label: it wins over additional ones, and a later one of these over an earlier. */
export function withEnvironment(
  pod: JsonObject,
  configs: readonly Config[],
  targets: EnvironmentTargets,
): JsonObject {
  const inOrder = [...configs.slice(1), ...configs.slice(0, 1)];
  let result = pod;
  for (const list of containerLists) {
    const before = recordsAt(result, 'spec', list);
    const after = before.map((container) => withEnvFrom(container, inOrder, targets));
    const same = after.every((container, index) => container === before[index]);
    if (!same) result = withValue(result, ['spec', list], after);
  }
  return result;
}

function withEnvFrom(
  container: JsonObject,
  configs: readonly Config[],
  targets: EnvironmentTargets,
): JsonObject {
  const before = recordsAt(container, 'envFrom');
  const name = String(container.name);
  const ours = configs
    .filter((config) => targets.get(config.name)?.includes(name))
    .map((config) => {
      const entry = entryOf(config);
      return before.find((there) => isDeepStrictEqual(there, entry)) ?? entry;
    });
  // An older one of ours stands in the copy of an old Pod.
  const others = before.filter((entry) => !configs.some((config) => isOurs(entry, config.name)));
  const after = [...ours, ...others];
  const same = after.length === before.length && after.every((entry, index) => entry === before[index]);
  return same ? container : { ...container, envFrom: after };
}

function entryOf({ name, hash }: Config): JsonObject {
  return { configMapRef: { name: environmentName(name, hash) } };
}

// With a prefix or `optional` it was written by somebody else, who wants something else.
function isOurs(entry: JsonObject, config: string): boolean {
  const name = valueAt(entry, 'configMapRef', 'name');
  if (typeof name !== 'string') return false;
  const hash = parseHash12(name.slice(config.length + 1, config.length + 13));
  return hash !== undefined && isDeepStrictEqual(entry, entryOf({ name: config, hash }));
}

/**
 * Undefined when the Pod was not injected before: what it says may be the copy of an old Pod, with other containers. The
 * first call left its entries in all that it wrote down.
 */
function recordedTargets(pod: JsonObject, config: Config, report: unknown): readonly string[] | undefined {
  const recorded = valueAt(report, 'configs', config.name);
  const names = valueAt(recorded, 'environment', 'containers');
  if (valueAt(recorded, 'hash') !== config.hash || !Array.isArray(names)) return undefined;
  const entry = entryOf(config);
  const holding = containerLists
    .flatMap((list) => recordsAt(pod, 'spec', list))
    .filter((container) => recordsAt(container, 'envFrom').some((there) => isDeepStrictEqual(there, entry)))
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  return names.every((name) => holding.includes(name)) ? holding : undefined;
}
