// A login -> who gives the header to send. Only the tokens of GitHub Apps are made on the way, and can be renewed.
import type { Clock } from '../../lib/clock.ts';
import type { Authorizer, Login } from './credential.ts';
import type { ApiWay } from './github/ask-api.ts';
import { fetchToken } from './github/fetch-token.ts';
import { createGitHubTokens } from './github/tokens.ts';

export type Authorizers = {
  /** `way` is that of the credential: the API of a GitHub App is asked over the same proxy, with the same authority. */
  of(login: Login, way: ApiWay): Authorizer;
};

export type AuthorizersDeps = {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly userAgent: string;
};

export function createAuthorizers({ clock, userAgent }: AuthorizersDeps): Authorizers {
  const { now } = clock;
  const tokens = createGitHubTokens({
    clock,
    fetchToken: (app, way, signal) => fetchToken(app, way, { now, userAgent }, signal),
  });
  return {
    of(login, way) {
      switch (login.kind) {
        case 'githubApp':
          return tokens.of(login.app, way);
        case 'header':
          return fixed(login.authorization);
        case 'anonymous':
        case 'ssh':
          return fixed(undefined);
      }
    },
  };
}

function fixed(authorization: string | undefined): Authorizer {
  return { header: async () => authorization, renew: async () => false };
}
