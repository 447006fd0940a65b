// First step: which repository a GitConfig follows, and with which credential. Gives the Remote that it shares.
import { defaultInterval, type GitConfig } from '../api/gitconfig.ts';
import type { Kube } from '../kube/api.ts';
import { parseDuration } from '../lib/duration.ts';
import { readCredential, type ServiceAccount } from './credentials.ts';
import type { Remote } from './remote.ts';
import type { Remotes } from './remotes.ts';
import { parseRepositoryUrl } from './repository-url.ts';
import type { SourceFailure } from './source.ts';

export type Located = { readonly kind: 'ok'; readonly remote: Remote } | SourceFailure;

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
  const parsed = parseRepositoryUrl(config.spec.source.url);
  if (parsed.kind === 'failed') return fail(parsed);
  const credential = await readCredential(config, parsed.url, deps, signal);
  if (credential.kind === 'failed') return fail(credential);
  const { branch } = config.spec.source.ref;
  const follower = { branch, intervalMilliseconds: intervalOf(config) };
  return { kind: 'ok', remote: deps.remotes.follow(key, { url: parsed.url, credential }, follower) };
}

/** Milliseconds. The API server has checked the value; an object from before that check gets the default. */
export function intervalOf(config: GitConfig): number {
  return parseDuration(config.spec.interval ?? defaultInterval) ?? 60_000;
}
