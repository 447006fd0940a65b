// Requests to one server, with the login and within its origin: every failure is a SourceError in words.
import type { Authorizer } from '../../credentials/credential.ts';
import { withPatience } from '../limits.ts';
import { pausableDeadline } from '../pausable-deadline.ts';
import { SourceError } from '../source-error.ts';
import { overallTimeout, phaseTimeout } from '../timeout.ts';
import { AnswerTooLong } from '../transport.ts';
import {
  type Course,
  type ExchangeOptions,
  exchangeTwice,
  type HttpAnswer,
  type HttpRequest,
} from './exchange.ts';
import { networkFailure } from './network-failure.ts';
import { redirectTarget } from './redirect.ts';
import { newTokenRefused, statusFailure } from './status-failure.ts';

export type HttpClientOptions = ExchangeOptions & {
  readonly authorizer: Authorizer;
  readonly tls: { readonly ca: unknown; readonly client: unknown };
  readonly userAgent: string;
  readonly now: () => number;
};

export type HttpClient = {
  /**
   * Status 200. Rejects with a SourceError, an AnswerTooLong, or with the signal's reason when it fires.
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
};

// As many as git itself follows where it follows any.
const maxRedirects = 5;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { shown, route, limits, authorizer } = options;

  const send: HttpClient['send'] = async (request, signal) => {
    using deadline = pausableDeadline(signal, limits.overallMilliseconds);
    const { admit } = request;
    const paused = admit && ((during: AbortSignal) => deadline.paused(() => admit(during)));
    const course: Course = { isReused: false, phase: 'connect', expired: undefined };
    try {
      return await logIn({ ...request, admit: paused }, course, deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceError || error instanceof AnswerTooLong) throw error;
      if (deadline.expired()) throw overallTimeout(shown, limits);
      if (course.expired !== undefined) {
        throw phaseTimeout(course, { shown, route, limits: withPatience(limits, request.headMilliseconds) });
      }
      const { tls } = options;
      const { phase } = course;
      throw new SourceError(networkFailure(error, { shown, written: 'spec.source.url', route, tls, phase }));
    }
  };

  // A token may have run out just now: a login that was refused is asked for anew, once.
  const logIn = async (request: HttpRequest, course: Course, signal: AbortSignal): Promise<HttpAnswer> => {
    for (let isRenewed = false; ; isRenewed = true) {
      const authorization = await authorizer.header(signal);
      const answer = await follow(request, authorization, course, signal);
      if (answer.status === 200) return answer;
      const failure = statusFailure(answer, {
        shown,
        route,
        hasLogin: authorization !== undefined,
        now: options.now(),
      });
      const isOfLogin = failure.reason === 'AuthenticationFailed' && failure.about === 'login';
      if (isOfLogin && isRenewed) throw new SourceError(newTokenRefused(answer.status, shown));
      if (!isOfLogin || !(await authorizer.renew(authorization, signal))) throw new SourceError(failure);
    }
  };

  const follow = async (
    request: HttpRequest,
    authorization: string | undefined,
    course: Course,
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const login = authorization === undefined ? {} : { authorization };
    const headers = { ...request.headers, 'user-agent': options.userAgent, ...login };
    let { url } = request;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const answer = await exchangeTwice({ ...request, url, headers }, options, signal, course);
      const target = redirectTarget(answer, shown);
      if (target === undefined) return answer;
      url = target;
    }
    throw new SourceError({
      class: 'person',
      reason: 'InvalidSource',
      message: `${shown} redirects in a circle, or more than ${maxRedirects} times: correct spec.source.url, or the redirects at the server`,
    });
  };

  return { send };
}
