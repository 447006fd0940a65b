// Which containers of a Pod get config: all, or those that its annotation names.
import { containersAnnotation } from '../api/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import { recordsAt, textsAt } from './raw.ts';

export const containerLists = ['initContainers', 'containers'] as const;

export type ChosenContainers =
  /** Undefined: whichever there are, and those that others add later. */
  | { readonly kind: 'ok'; readonly names: ReadonlySet<string> | undefined }
  | { readonly kind: 'conflict'; readonly problem: string };

export function chosenContainers(pod: JsonObject): ChosenContainers {
  const annotation = textsAt(pod, 'metadata', 'annotations')[containersAnnotation];
  if (annotation === undefined) return { kind: 'ok', names: undefined };
  const names = annotation
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const there = containerNames(pod);
  if (names.length === 0) {
    return conflict(`names no container; write some of ${quoted(there)}, or take it away for all`);
  }
  const absent = names.filter((name) => !there.includes(name));
  if (absent.length > 0) {
    return conflict(`names ${quoted(absent)}, and the Pod has ${quoted(there)}; write some of these`);
  }
  return { kind: 'ok', names: new Set(names) };
}

export function containerNames(pod: JsonObject): string[] {
  return containerLists
    .flatMap((list) => recordsAt(pod, 'spec', list))
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

function conflict(what: string): ChosenContainers {
  return { kind: 'conflict', problem: `the annotation ${containersAnnotation} of the Pod template ${what}` };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
