// Reading what confroll leaves on objects, in tests.
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import { eventually } from './eventually.ts';
import type { Reader } from './reader.ts';

/** The value at a path of keys; undefined where the path ends early. */
export function at(object: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value) && typeof key === 'number') return value[key];
    return isRecord(value) ? value[String(key)] : undefined;
  }, object);
}

export function textAt(object: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

export const pinOf = (workload: JsonObject | undefined, config = 'shop'): string | undefined =>
  textAt(workload, 'spec', 'template', 'metadata', 'annotations', `hash.confroll.dev/${config}`);

export const labelOf = (object: JsonObject | undefined, key: string): string | undefined =>
  textAt(object, 'metadata', 'labels', key);

export const hashOf = (gitConfig: JsonObject | undefined): string | undefined =>
  textAt(gitConfig, 'status', 'hash');

export function conditionOf(gitConfig: JsonObject | undefined, type: string): JsonObject | undefined {
  const conditions = at(gitConfig, 'status', 'conditions');
  return Array.isArray(conditions)
    ? conditions.filter(isRecord).find((entry) => entry.type === type)
    : undefined;
}

/** Waits until the GitConfig has handled that commit, by its own polling; gives its hash12. */
export async function polled(
  reader: Reader,
  namespace: string,
  commit: string,
  name = 'shop',
): Promise<string> {
  return eventually(
    async () => {
      const config = await reader.read(namespace, 'gitconfig', name);
      const handled = textAt(config, 'status', 'revision')?.endsWith(commit) === true;
      return handled && hashOf(config);
    },
    { what: `GitConfig ${namespace}/${name} at ${commit.slice(0, 7)}`, seconds: 60 },
  );
}

/** The same, but asks for a look now instead of waiting for the interval. */
export async function published(
  reader: Reader,
  namespace: string,
  commit: string,
  name = 'shop',
): Promise<string> {
  await reader.kubectl([
    ...['-n', namespace, 'annotate', `gitconfig/${name}`, '--overwrite'],
    `confroll.dev/sync-requested-at=${commit}`,
  ]);
  return polled(reader, namespace, commit, name);
}

/** Waits until the GitConfig is Ready at that commit; gives its hash12. */
export async function ready(
  reader: Reader,
  namespace: string,
  commit: string,
  name = 'shop',
): Promise<string> {
  const hash = await published(reader, namespace, commit, name);
  await isReady(reader, namespace, name);
  return hash;
}

export async function isReady(reader: Reader, namespace: string, name = 'shop'): Promise<void> {
  await eventually(
    async () => {
      const condition = conditionOf(await reader.read(namespace, 'gitconfig', name), 'Ready');
      if (condition?.status === 'True') return true;
      throw new Error(`${condition?.reason}: ${condition?.message}`);
    },
    { what: `GitConfig ${namespace}/${name} Ready`, seconds: 60 },
  );
}

/** ReplicaSets (or ControllerRevisions) that a workload has made so far. */
export async function revisionsOf(
  reader: Reader,
  namespace: string,
  kind: string,
  name: string,
): Promise<JsonObject[]> {
  const objects = await reader.list(namespace, kind === 'Deployment' ? 'replicasets' : 'controllerrevisions');
  return objects.filter((object) => textAt(object, 'metadata', 'ownerReferences', 0, 'name') === name);
}

/** Waits until every Pod of the workload is Ready and carries that hash. */
export async function runsOn(
  reader: Reader,
  namespace: string,
  name: string,
  hash: string,
  pods = 1,
): Promise<void> {
  await eventually(
    async () => {
      const running = await reader.list(namespace, 'pods', `app=${name}`);
      const right = running.filter(
        (pod) =>
          textAt(pod, 'metadata', 'annotations', 'hash.confroll.dev/shop') === hash &&
          at(pod, 'status', 'phase') === 'Running' &&
          at(pod, 'metadata', 'deletionTimestamp') === undefined,
      );
      if (right.length === pods && running.length === pods) return true;
      throw new Error(`${right.length} of ${running.length} Pods run on ${hash}`);
    },
    { what: `${pods} Pods of ${namespace}/${name} on ${hash}`, seconds: 60 },
  );
}
