// An answer of GitHub's API that is no success -> what it means for the reader. GitHub's own words are not repeated.

import { retryAfter } from '../../git/http/retry-after.ts';
import type { SourceFailure } from '../../source.ts';
import type { GitHubApp } from '../credential.ts';
import type { ApiAnswer } from './ask-api.ts';

/** `now` in milliseconds since 1970. */
export function apiFailure(answer: ApiAnswer, app: GitHubApp, now: number): Omit<SourceFailure, 'kind'> {
  const { status } = answer;
  const shown = new URL(app.apiUrl).origin;
  const wait = waitOf(answer, now);
  if (status === 429 || (status === 403 && wait !== undefined)) {
    return {
      class: 'retry',
      reason: 'ServerError',
      about: 'login',
      message: `${shown} says that the GitHub App asks too often (HTTP ${status}): it is asked again later`,
      ...(wait === undefined ? {} : { retryAfterMilliseconds: wait }),
    };
  }
  if (status >= 500 || status === 408) {
    return {
      class: 'retry',
      reason: 'ServerError',
      about: 'login',
      message: `${shown} failed (HTTP ${status}), so there is no token of the GitHub App: look at GitHub's status; it is asked again by itself`,
      ...(wait === undefined ? {} : { retryAfterMilliseconds: wait }),
    };
  }
  const person = (what: string): Omit<SourceFailure, 'kind'> => ({
    class: 'person',
    reason: 'AuthenticationFailed',
    about: 'login',
    message: `${shown} ${what}`,
  });
  if (status === 401) {
    return person(
      `does not know the GitHub App by its key (HTTP 401): ${skewWords(answer, now) ?? 'check githubAppID, and that githubAppPrivateKey is a key of that app that was not deleted'}`,
    );
  }
  if (status === 404)
    return person(`has no such installation of the GitHub App (HTTP 404): ${installWords(app)}`);
  if (status === 403) {
    return person(
      'gives no token to the GitHub App (HTTP 403): its installation is suspended, or it may not read the contents of repositories; look at its settings there',
    );
  }
  return person(
    `gave no answer of GitHub's API (HTTP ${status}): check githubAppBaseURL, and that the app may read the contents of repositories`,
  );
}

export function suspended(app: GitHubApp): Omit<SourceFailure, 'kind'> {
  return {
    class: 'person',
    reason: 'AuthenticationFailed',
    about: 'login',
    message: `${new URL(app.apiUrl).origin} says that the installation of the GitHub App is suspended: unsuspend it there`,
  };
}

export function endedAlready(app: GitHubApp): Omit<SourceFailure, 'kind'> {
  return {
    class: 'retry',
    reason: 'ServerError',
    about: 'login',
    message: `${new URL(app.apiUrl).origin} gave the GitHub App a token that has ended already: look at the clocks there and of the node; it is asked again by itself`,
  };
}

// GitHub says either how long, or when the hour of its limit ends.
function waitOf({ headers }: ApiAnswer, now: number): number | undefined {
  const said = retryAfter(headers['retry-after'], now);
  if (said !== undefined) return said;
  const [remaining, reset] = [headers['x-ratelimit-remaining'], headers['x-ratelimit-reset']];
  if (remaining !== '0' || typeof reset !== 'string' || !/^\d{1,12}$/.test(reset)) return undefined;
  return retryAfter(new Date(Number(reset) * 1000).toUTCString(), now);
}

function installWords({ installation }: GitHubApp): string {
  return 'id' in installation
    ? 'check githubAppInstallationID, and that the app is still installed'
    : 'check githubAppInstallationOwner, and that the app is installed there';
}

// The token is dated back by one minute and lasts nine: beyond that a clock is the reason, whatever else is wrong.
const harmlessSkewMilliseconds = 60_000;

function skewWords({ headers }: ApiAnswer, now: number): string | undefined {
  const skew = Math.abs(Date.parse(headers.date ?? '') - now);
  if (!(skew > harmlessSkewMilliseconds)) return undefined;
  return `its clock and that of the node differ by ${Math.round(skew / 1000)} s; set the node's clock right`;
}
