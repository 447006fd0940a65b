// PURE: what the status says of the live ConfigMap, and why there is none.
import type { LiveStatus } from '../../api/gitconfig.ts';
import type { Hash12 } from '../../api/identifiers.ts';
import { liveLabel } from '../../api/keys.ts';
import { showPath } from '../../content/words.ts';

export function published(hash: Hash12): LiveStatus {
  return { hash, reason: 'Published', message: 'it holds the newest accepted content' };
}

/** `isThere`: an object of ours from before. */
export type Place = { readonly namespace: string; readonly name: string; readonly isThere: boolean };

export function turnedOff({ namespace, name, isThere }: Place): LiveStatus {
  const message = `spec.publish.live is false${isThere ? left(namespace, name) : ''}`;
  return { reason: 'TurnedOff', message };
}

// Pods may mount it, so it is a person's to delete.
function left(namespace: string, name: string): string {
  return `; ConfigMap "${name}" holds older content and is updated no more: when nothing uses it, kubectl delete configmap ${name} -n ${namespace}`;
}

export function severalObjects({ namespace, name, isThere }: Place): LiveStatus {
  return {
    reason: 'TooLarge',
    message: `the content takes several ConfigMaps, and this is one: it is for content of at most 1 MiB. Pods that confroll mounts it into have all of it${isThere ? left(namespace, name) : ''}`,
  };
}

export function illegalNames(path: string, { namespace, name, isThere }: Place): LiveStatus {
  return {
    reason: 'IllegalNames',
    message: `${showPath(path)} cannot be a key of a ConfigMap, as nothing in a folder can: keys are letters, digits, '-', '_' and '.'. Pods that confroll mounts the content into have every file${isThere ? left(namespace, name) : ''}`,
  };
}

export function nameTaken(namespace: string, name: string): LiveStatus {
  return {
    reason: 'NameTaken',
    message: `ConfigMap "${name}" is there and is not confroll's, so it is left alone. To hand it over: kubectl label configmap ${name} ${liveLabel}=${name} --field-manager=confroll-person -n ${namespace}; to do without: spec.publish.live: false`,
  };
}

export function immutable(namespace: string, name: string): LiveStatus {
  return {
    reason: 'Failed',
    message: `ConfigMap "${name}" is immutable, so that it cannot be updated: kubectl delete configmap ${name} -n ${namespace}, and confroll makes it again`,
  };
}

export function failed(why: string): LiveStatus {
  return { reason: 'Failed', message: `it could not be written: ${why}; it is tried again by itself` };
}
