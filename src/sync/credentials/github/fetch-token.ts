// A GitHub App -> a token of its installation, as GitHub documents it: find the installation, then ask it for a token.
import { isRecord } from '../../../lib/json.ts';
import { SourceError } from '../../git/source-error.ts';
import type { GitHubApp } from '../credential.ts';
import { apiFailure, endedAlready, suspended } from './api-failure.ts';
import { signAppToken } from './app-token.ts';
import { type ApiAnswer, type ApiRequest, type ApiWay, askApi } from './ask-api.ts';

export type InstallationToken = { readonly token: string; readonly lifetimeMilliseconds: number };

export type FetchTokenDeps = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly userAgent: string;
};

/** Rejects with a SourceError that speaks of no Git host, or with the signal's reason. */
export async function fetchToken(
  app: GitHubApp,
  way: ApiWay,
  deps: FetchTokenDeps,
  signal: AbortSignal,
): Promise<InstallationToken> {
  try {
    return await requestToken(app, way, deps, signal);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new SourceError({ ...error.failure, of: 'elsewhere' }, { cause: error.cause });
  }
}

async function requestToken(
  app: GitHubApp,
  way: ApiWay,
  { now, userAgent }: FetchTokenDeps,
  signal: AbortSignal,
): Promise<InstallationToken> {
  const ask = async (method: ApiRequest['method'], path: string): Promise<ApiAnswer> => {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${signAppToken(app, now())}`,
      'user-agent': userAgent,
      'x-github-api-version': '2022-11-28',
    };
    return askApi({ method, url: new URL(`${app.apiUrl}${path}`), headers }, way, signal);
  };
  const failed = (answer: ApiAnswer): SourceError => new SourceError(apiFailure(answer, app, now()));

  const id =
    'id' in app.installation
      ? app.installation.id
      : await findInstallation(app, app.installation.owner, ask, failed);
  const answer = await ask('POST', `/app/installations/${id}/access_tokens`);
  if (answer.status !== 201) throw failed(answer);
  const { body, headers } = answer;
  const token = isRecord(body) ? body.token : undefined;
  const end =
    isRecord(body) && typeof body.expires_at === 'string' ? Date.parse(body.expires_at) : Number.NaN;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(end)) throw failed(answer);
  // By GitHub's own clock where it is told: ours may be wrong.
  const sent = Date.parse(headers.date ?? '');
  const lifetimeMilliseconds = end - (Number.isNaN(sent) ? now() : sent);
  // Each request would ask for another one.
  if (lifetimeMilliseconds <= 0) throw new SourceError(endedAlready(app));
  return { token, lifetimeMilliseconds };
}

async function findInstallation(
  app: GitHubApp,
  owner: string,
  ask: (method: 'GET', path: string) => Promise<ApiAnswer>,
  failed: (answer: ApiAnswer) => SourceError,
): Promise<string> {
  const name = encodeURIComponent(owner);
  const ofOrganization = await ask('GET', `/orgs/${name}/installation`);
  // A user is no organization to the first of the two.
  const answer =
    ofOrganization.status === 404 ? await ask('GET', `/users/${name}/installation`) : ofOrganization;
  const { status, body } = answer;
  if (status !== 200 || !isRecord(body) || typeof body.id !== 'number') throw failed(answer);
  if (typeof body.suspended_at === 'string') throw new SourceError(suspended(app));
  return String(body.id);
}
