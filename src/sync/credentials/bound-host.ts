// Which host a Secret for Git may be sent to, as its annotation says.

import { gitHostAnnotation } from '../../api/keys.ts';
import type { ObjectMeta } from '../../api/objects.ts';
import { parseRepositoryAddress, type RepositoryAddress } from '../../api/repository-url.ts';

/** `none`: there is no annotation. `other`: there is one, for another host than this. */
export type Binding = 'bound' | 'none' | 'other';

export function bindingOf(
  { annotations }: ObjectMeta,
  scheme: RepositoryAddress['scheme'],
  host: string,
): Binding {
  const bound = annotations?.[gitHostAnnotation];
  if (bound === undefined) return 'none';
  return hostOf(bound, scheme) === host ? 'bound' : 'other';
}

/** `host[:port]` as the URL of that scheme would have it; undefined for anything that is more or less than that. */
export function hostOf(text: string, scheme: RepositoryAddress['scheme']): string | undefined {
  const trimmed = text.trim();
  if (!/^[^/?#@\\\s]+$/.test(trimmed)) return undefined;
  return parseRepositoryAddress(`${scheme}://${trimmed}/x`)?.host;
}
