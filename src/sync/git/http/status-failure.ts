// An HTTP answer that is no success -> what it means for the reader.
import type { IncomingHttpHeaders } from 'node:http';
import type { SourceFailure } from '../../source.ts';
import { proxyStatusFailure } from './proxy-failure.ts';
import { retryAfter } from './retry-after.ts';
import type { RouteProxy } from './route.ts';

type Failure = Omit<SourceFailure, 'kind'>;

export type AnsweredBy = {
  /** Address without credentials. */
  readonly shown: string;
  readonly route: RouteProxy;
  /** Whether a login was sent. */
  readonly hasLogin: boolean;
  readonly now: number;
};

export function statusFailure(
  { status, headers }: { readonly status: number; readonly headers: IncomingHttpHeaders },
  { shown, route, hasLogin, now }: AnsweredBy,
): Failure {
  if (status === 407 && route.kind === 'forward') return proxyStatusFailure(status, route.proxy, shown);
  // Whether the proxy or the server said it cannot be told.
  const passed = route.kind === 'forward' ? `; the answer came through the proxy ${route.proxy}` : '';
  const milliseconds = retryAfter(headers['retry-after'], now);
  const wait = milliseconds === undefined ? {} : { retryAfterMilliseconds: milliseconds };
  // Some hosts refuse with 403 whom they find too busy.
  if (status === 429 || (status === 403 && milliseconds !== undefined)) {
    return {
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} says that it is asked too often (HTTP ${status}): it is asked again later; a longer spec.interval helps${passed}`,
      ...wait,
    };
  }
  // With 203 Azure DevOps sends the page on which people sign in.
  if (status === 401 || status === 403 || status === 203) {
    return {
      class: 'person',
      reason: 'AuthenticationFailed',
      about: 'login',
      message: hasLogin
        ? `${shown} refused the credentials (HTTP ${status}): correct them, or what they may read at the server${passed}`
        : `${shown} asks for credentials (HTTP ${status}): put them into a Secret of this namespace and name it in spec.source.secretRef${passed}`,
    };
  }
  if (status === 404 || status === 410) {
    return {
      class: 'person',
      reason: 'InvalidSource',
      of: 'repository',
      message: `there is no repository at ${shown} (HTTP ${status}): correct spec.source.url, or give credentials that may see it${passed}`,
    };
  }
  if (status >= 500 || status === 408) {
    return {
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} failed (HTTP ${status}): look at the Git server; it is asked again by itself${passed}`,
      ...wait,
      // What stands before the server says that nobody answers behind it; 500 is often of one repository.
      ...(status >= 502 && status <= 504 && route.kind !== 'forward' ? { of: 'host' } : {}),
    };
  }
  // With 400 nginx answers those who show no client certificate.
  const certificate =
    status === 400 && shown.startsWith('https:') ? ', and whether the server wants a client certificate' : '';
  return {
    class: 'person',
    reason: 'InvalidSource',
    message: `${shown} gave no Git answer (HTTP ${status}): check spec.source.url${certificate}${passed}`,
    ...wait,
  };
}

/** A token that was refused was renewed, and the new one was refused, too. */
export function newTokenRefused(status: number, shown: string): Failure {
  return {
    class: 'person',
    reason: 'AuthenticationFailed',
    about: 'login',
    message: `${shown} refused a token that was made just now, too (HTTP ${status}): check that the GitHub App is installed on this repository and may read its contents`,
  };
}
