// The live ConfigMap: an ordinary one of the GitConfig's name, for charts that mount it or take `configMapRef` of it
// themselves. It is updated in place, put back when somebody edits it, and never deleted: Pods may mount it.

import type { GitConfig, LiveStatus } from '../../api/gitconfig.ts';
import type { Hash12 } from '../../api/identifiers.ts';
import { fieldManagers, snapshotKeys } from '../../api/keys.ts';
import type { ConfigMap, KubeObject } from '../../api/objects.ts';
import { parseSnapshot, snapshotName } from '../../api/snapshot.ts';
import type { Kube } from '../../kube/api.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { KubeError } from '../../kube/kube-error.ts';
import { parseConfigMap } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import { subjectOf } from '../subject-of.ts';
import {
  isOurs,
  type LiveContent,
  lastWriter,
  liveObject,
  stateOf,
  updateOperations,
} from './live-object.ts';
import {
  failed,
  illegalNames,
  immutable,
  nameTaken,
  type Place,
  published,
  severalObjects,
  turnedOff,
} from './live-words.ts';

export type Live = {
  /** `hash`: the newest accepted content. What is right already costs no request. Rejects when the API server does not answer. */
  ensure(config: GitConfig, hash: Hash12, signal: AbortSignal): Promise<LiveStatus>;
  /** Of the watch: false when the object is as `ensure` has left it. */
  isNews(object: KubeObject): boolean;
  forget(key: string): void;
};

export type LiveDeps = {
  readonly kube: Pick<Kube, 'create' | 'get' | 'patch'>;
  readonly events: EventRecorder;
  /** The object as the watch shows it; undefined when it shows none that is ours. */
  readonly find: (namespace: string, name: string) => KubeObject | undefined;
  /** Told of what was written before the watch is. */
  readonly onWritten: (object: KubeObject) => void;
};

/** What was seen of that content: an object that holds it, or why none can. */
type Verified =
  | { readonly hash: Hash12; readonly resourceVersion: string | undefined }
  | { readonly hash: Hash12; readonly cannot: LiveStatus };

export function createLive(deps: LiveDeps): Live {
  const { kube, events, find, onWritten } = deps;
  const verified = new Map<string, Verified>();
  const resource = resources.configMaps;

  const ensure = async (config: GitConfig, hash: Hash12, signal: AbortSignal): Promise<LiveStatus> => {
    const { namespace = '', name } = config.metadata;
    const shown = find(namespace, name);
    const place = { namespace, name, isThere: shown !== undefined };
    if (config.spec.publish?.live === false) return turnedOff(place);
    const key = `${namespace}/${name}`;
    const known = verified.get(key);
    if (known?.hash === hash) {
      if ('cannot' in known) return known.cannot;
      if (shown !== undefined && known.resourceVersion === shown.metadata.resourceVersion)
        return published(hash);
    }
    verified.delete(key);
    const content = await contentOf(place, hash, signal);
    if ('reason' in content) {
      // A Snapshot does not change, so neither does what it is unfit for.
      if (content.reason !== 'Failed') verified.set(key, { hash, cannot: content });
      return content;
    }
    const object = await put(config, content, signal);
    if ('reason' in object) return object;
    verified.set(key, { hash, resourceVersion: object.metadata.resourceVersion });
    onWritten(object);
    return published(hash);
  };

  const contentOf = async (
    place: Place,
    hash: Hash12,
    signal: AbortSignal,
  ): Promise<LiveContent | LiveStatus> => {
    const { namespace, name } = place;
    const ref = { resource, namespace, name: snapshotName(name, hash) };
    const base = await kube.get(ref, parseConfigMap, { signal });
    const snapshot = base === undefined ? undefined : parseSnapshot(base.metadata);
    if (base === undefined || snapshot === undefined) return failed(`ConfigMap "${ref.name}" is not there`);
    if (base.metadata.annotations?.[snapshotKeys.shards] !== '0') return severalObjects(place);
    const illegal = snapshot.files.find((file) => file.key !== file.path);
    if (illegal !== undefined) return illegalNames(illegal.path, place);
    return { snapshot, data: base.data ?? {}, binaryData: base.binaryData ?? {} };
  };

  const put = async (
    config: GitConfig,
    content: LiveContent,
    signal: AbortSignal,
  ): Promise<ConfigMap | LiveStatus> => {
    const { namespace = '', name } = config.metadata;
    const there = await kube.get({ resource, namespace, name }, parseConfigMap, { signal });
    const options = { signal, fieldManager: fieldManagers.sync };
    if (there === undefined) {
      return await kube.create(
        { resource, namespace },
        liveObject(namespace, content),
        parseConfigMap,
        options,
      );
    }
    if (!isOurs(there)) return nameTaken(namespace, name);
    if (there.immutable === true) return immutable(namespace, name);
    const state = stateOf(there, content);
    if (state === 'current') return there;
    const operations = updateOperations(there, content);
    const ref = { resource, namespace, name };
    const written = await kube.patch(ref, { kind: 'json', operations }, parseConfigMap, options);
    if (state === 'edited') tell(config, lastWriter(there, fieldManagers.sync));
    return written;
  };

  const tell = (config: GitConfig, writer: string | undefined): void => {
    const { name } = config.metadata;
    const by = writer === undefined ? 'somebody' : `field manager "${writer}"`;
    events.record({
      subject: subjectOf(config),
      type: 'Warning',
      reason: 'LiveConfigMapRestored',
      message: `ConfigMap "${name}" was changed by ${by} and is as Git has it again: push the change to Git, or turn it off with spec.publish.live: false`,
    });
  };

  return {
    async ensure(config, hash, signal) {
      try {
        return await ensure(config, hash, signal);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const { status, reason } = error.details;
        // No answer; or it was made between reading and writing, and the next run reads what it is now. Of one that was
        // changed meanwhile the watch tells.
        if (status === 0 || status === 409) throw error;
        return failed(`the API server refused it (HTTP ${status} ${reason})`);
      }
    },
    isNews({ metadata: { namespace = '', name, resourceVersion } }) {
      const known = verified.get(`${namespace}/${name}`);
      return (
        known === undefined || !('resourceVersion' in known) || known.resourceVersion !== resourceVersion
      );
    },
    forget: (key) => void verified.delete(key),
  };
}
