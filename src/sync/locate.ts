// First step: which repository a GitConfig follows, when, and with which credential. Gives the Remote that it shares.
import type { GitConfig } from '../api/gitconfig.ts';
import type { Reference } from '../api/reference.ts';
import type { RepositoryAddress } from '../api/repository-url.ts';
import { parseDuration } from '../lib/duration.ts';
import { cadenceOf } from './cadence.ts';
import type { Origin } from './credentials/credential.ts';
import type { FoundCredential } from './credentials/credentials.ts';
import { readReference } from './read-reference.ts';
import type { Remote } from './remote.ts';
import type { Remotes } from './remotes.ts';
import { parseAddress } from './repository-url.ts';
import type { SourceFailure } from './source.ts';

export type Located =
  | { readonly kind: 'ok'; readonly remote: Remote; readonly reference: Reference; readonly origin: Origin }
  | SourceFailure;

export type LocateDeps = {
  readonly remotes: Remotes;
  readonly clock: { now(): number };
  /** What is shown to that server for this GitConfig. Rejects when the API server does not answer. */
  readonly findCredential: (
    config: GitConfig,
    address: RepositoryAddress,
    signal: AbortSignal,
  ) => Promise<FoundCredential>;
  /** How long a look may take where nothing else is said. */
  readonly lookMilliseconds: number;
};

/** Rejects when the API server does not answer. A GitConfig that has no usable source follows nothing. */
export async function locate(
  key: string,
  config: GitConfig,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<Located> {
  const fail = (failure: SourceFailure): SourceFailure => {
    deps.remotes.leave(key);
    return failure;
  };
  const { metadata, spec } = config;
  const parsed = parseAddress(spec.source.url);
  if (parsed.kind === 'failed') return fail(parsed);
  const { address } = parsed;
  const read = readReference(spec.source.ref);
  if (read.kind === 'failed') return fail(read);
  const { reference } = read;
  const wished = cadenceOf(spec, deps.clock.now());
  if (wished.kind === 'failed') return fail(wished);
  const found = await deps.findCredential(config, address, signal);
  if (found.kind === 'failed') return fail(found);
  const { credential, origin } = found;
  const remote = deps.remotes.follow(
    key,
    { address, credential },
    {
      reference,
      cadence: wished.cadence,
      timeoutMilliseconds: timeoutOf(config) ?? deps.lookMilliseconds,
      version: `${metadata.uid ?? ''}/${metadata.generation ?? 0}`,
    },
  );
  return { kind: 'ok', remote, reference, origin };
}

/** Milliseconds; undefined for the limits that are built in. */
export function timeoutOf({ spec }: GitConfig): number | undefined {
  return parseDuration(spec.source.timeout ?? '');
}
