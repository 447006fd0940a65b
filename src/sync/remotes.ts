// All repositories that are followed, by address and credential: who uses both alike shares one Remote.
import type { RepositoryAddress } from '../api/repository-url.ts';
import type { Clock } from '../lib/clock.ts';
import { type Credential, credentialKey } from './credentials/credential.ts';
import type { Heads } from './poll.ts';
import { createRemote, type Follower, type Remote } from './remote.ts';
import type { Resolved, Source } from './source.ts';

export type Remotes = {
  /** The Remote for this address and credential; the follower leaves the one that it was on before. */
  follow(
    key: string,
    at: { readonly address: RepositoryAddress; readonly credential: Credential },
    follower: Follower,
  ): Remote;
  leave(key: string): void;
  /** Seconds since 1970 of the oldest of all Remotes' last successful looks. */
  oldestCheck(): number | undefined;
  close(): void;
};

export function createRemotes(deps: {
  readonly clock: Clock;
  readonly openSource: (address: RepositoryAddress, credential: Credential) => Source;
  readonly onPolled: (resolved: Resolved, seconds: number) => void;
  readonly onNews: (keys: readonly string[]) => void;
  readonly stretch: (milliseconds: number) => number;
  readonly signal: AbortSignal;
}): Remotes {
  const remotes = new Map<string, { readonly url: string; readonly remote: Remote }>();
  const places = new Map<string, string>();

  const leave = (key: string): void => {
    const place = places.get(key);
    if (place === undefined) return;
    places.delete(key);
    const left = remotes.get(place);
    if (left?.remote.leave(key) !== true) return;
    remotes.delete(place);
    left.remote.close();
  };

  // A workload that uses two folders of one repository waits for both of their GitConfigs to have seen a commit, also
  // where they use different credentials.
  const onNews = (url: string, keys: readonly string[], heads: Heads): void => {
    const others = [...remotes.values()].filter((other) => other.url === url);
    deps.onNews([...keys, ...others.flatMap((other) => other.remote.expect(heads))]);
  };

  const open = (address: RepositoryAddress, credential: Credential): Remote => {
    const { clock, onPolled, stretch, signal } = deps;
    return createRemote({
      source: deps.openSource(address, credential),
      clock,
      onPolled,
      onNews: (keys, heads) => onNews(address.text, keys, heads),
      stretch,
      signal,
    });
  };

  return {
    follow(key, { address, credential }, follower) {
      const place = `${address.text} ${credentialKey(credential)}`;
      if (places.get(key) !== place) leave(key);
      const remote = remotes.get(place)?.remote ?? open(address, credential);
      remotes.set(place, { url: address.text, remote });
      places.set(key, place);
      remote.follow(key, follower);
      return remote;
    },
    leave,
    oldestCheck() {
      const seen = [...remotes.values()].flatMap(({ remote }) => remote.lastSeen() ?? []);
      return seen.length === 0 ? undefined : Math.min(...seen) / 1000;
    },
    close() {
      for (const { remote } of remotes.values()) remote.close();
      remotes.clear();
      places.clear();
    },
  };
}
