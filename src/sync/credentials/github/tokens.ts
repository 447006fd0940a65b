// The tokens of GitHub Apps, kept while they are good: one for each app, installation, key and way to the API, whoever
// uses it. A token that was refused is not used again.
import type { Clock } from '../../../lib/clock.ts';
import { SourceError } from '../../git/source-error.ts';
import { type Authorizer, credentialKey, type GitHubApp } from '../credential.ts';
import { basic } from '../read-login.ts';
import type { ApiWay } from './ask-api.ts';
import type { InstallationToken } from './fetch-token.ts';
import { createSharedRun, type SharedRun } from './shared-run.ts';

export type GitHubTokens = { of(app: GitHubApp, way: ApiWay): Authorizer };

type Held = {
  readonly header: string;
  /** Of the monotonic clock, as the others. From then on a new one is asked for. */
  freshUntil: number;
  /** Until then it serves where there is no new one. */
  readonly usableUntil: number;
};
type Entry = { held: Held | undefined; readonly refresh: SharedRun<Held> };

// Of the hour that a token lives. A fetch may take two minutes, and GitHub may be away for some before a new one comes.
const renewBeforeMilliseconds = 300_000;
// No request is begun with a token that may end on its way.
const lastMilliseconds = 30_000;
// While a token serves on, GitHub is asked so often for the next one.
const retryMilliseconds = 30_000;

export function createGitHubTokens(deps: {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly fetchToken: (app: GitHubApp, way: ApiWay, signal: AbortSignal) => Promise<InstallationToken>;
}): GitHubTokens {
  const entries = new Map<string, Entry>();
  const now = deps.clock.monotonic;

  const open = (app: GitHubApp, way: ApiWay): Entry => {
    const entry: Entry = {
      held: undefined,
      refresh: createSharedRun(async (signal) => {
        const askedAt = now();
        const { token, lifetimeMilliseconds } = await deps.fetchToken(app, way, signal);
        entry.held = hold(token, askedAt, lifetimeMilliseconds);
        return entry.held;
      }),
    };
    return entry;
  };

  const forgetOthers = (key: string): void => {
    for (const [other, { held, refresh }] of entries) {
      if (other !== key && refresh.isIdle() && (held?.usableUntil ?? 0) <= now()) entries.delete(other);
    }
  };

  return {
    of(app, way) {
      const key = credentialKey({ login: { kind: 'githubApp', app }, ...way });
      const find = (): Entry => {
        forgetOthers(key);
        const entry = entries.get(key) ?? open(app, way);
        entries.set(key, entry);
        return entry;
      };
      return {
        async header(signal) {
          const entry = find();
          const { held } = entry;
          if (held !== undefined && now() < held.freshUntil) return held.header;
          try {
            return (await entry.refresh.join(signal)).header;
          } catch (error) {
            signal.throwIfAborted();
            // Whatever GitHub says of the next one: the server says itself when it takes this one no more.
            if (
              !(error instanceof SourceError) ||
              held === undefined ||
              held !== entry.held ||
              now() >= held.usableUntil
            )
              throw error;
            held.freshUntil = Math.min(held.usableUntil, now() + retryMilliseconds);
            return held.header;
          }
        },
        async renew(refused, signal) {
          const entry = find();
          // Another request may have found it out before.
          if (entry.held?.header === refused) entry.held = undefined;
          const { header } = entry.held ?? (await entry.refresh.join(signal));
          return header !== refused;
        },
      };
    },
  };
}

function hold(token: string, askedAt: number, lifetimeMilliseconds: number): Held {
  // One that lives shorter than expected is used for half its life, so that not each request asks for another.
  const fresh = Math.max(lifetimeMilliseconds - renewBeforeMilliseconds, lifetimeMilliseconds / 2);
  return {
    header: basic('x-access-token', token),
    freshUntil: askedAt + fresh,
    usableUntil: askedAt + Math.max(fresh, lifetimeMilliseconds - lastMilliseconds),
  };
}
