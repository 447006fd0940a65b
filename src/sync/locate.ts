// First step: which repository a GitConfig follows, and with which credential. Gives the Remote that it shares.
import { defaultInterval, type GitConfig } from '../api/gitconfig.ts';
import { parseReference, type Reference } from '../api/reference.ts';
import type { Kube } from '../kube/api.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Origin } from './credentials/credential.ts';
import { readCredential, type ServiceAccount } from './credentials.ts';
import type { Remote } from './remote.ts';
import type { Remotes } from './remotes.ts';
import { parseAddress } from './repository-url.ts';
import type { SourceFailure } from './source.ts';

export type Located =
  | { readonly kind: 'ok'; readonly remote: Remote; readonly reference: Reference; readonly origin: Origin }
  | SourceFailure;

/** Rejects when the API server does not answer. A GitConfig that has no usable source follows nothing. */
export async function locate(
  key: string,
  config: GitConfig,
  deps: {
    readonly kube: Pick<Kube, 'get'>;
    readonly remotes: Remotes;
    readonly serviceAccount: ServiceAccount;
  },
  signal: AbortSignal,
): Promise<Located> {
  const fail = (failure: SourceFailure): SourceFailure => {
    deps.remotes.leave(key);
    return failure;
  };
  const parsed = parseAddress(config.spec.source.url);
  if (parsed.kind === 'failed') return fail(parsed);
  const { address } = parsed;
  const reference = parseReference(config.spec.source.ref);
  if (reference === undefined) return fail(noReference);
  const found = await readCredential(config, address, deps, signal);
  if (found.kind === 'failed') return fail(found);
  const { credential, origin } = found;
  const follower = { reference, intervalMilliseconds: intervalOf(config) };
  return {
    kind: 'ok',
    remote: deps.remotes.follow(key, { address, credential }, follower),
    reference,
    origin,
  };
}

const noReference: SourceFailure = {
  kind: 'failed',
  class: 'person',
  reason: 'InvalidSource',
  message: 'spec.source.ref must hold exactly one of branch, tag, semver and commit',
};

/** Milliseconds. The API server has checked the value; an object from before that check gets the default. */
export function intervalOf(config: GitConfig): number {
  return parseDuration(config.spec.interval ?? defaultInterval) ?? 60_000;
}
