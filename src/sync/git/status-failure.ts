// An HTTP answer that is no success -> what it means for the reader.
import type { IncomingHttpHeaders } from 'node:http';
import type { SourceFailure } from '../source.ts';

type Failure = Omit<SourceFailure, 'kind'>;

export type AnsweredBy = {
  /** Address without credentials. */
  readonly shown: string;
  /** Name of the Secret whose credentials were sent. */
  readonly secretName: string | undefined;
  readonly now: number;
};

// A server that asks for more is not taken at its word: a day-long silence would hide every other fault.
const maxRetryAfterMilliseconds = 3_600_000;

export function statusFailure(status: number, headers: IncomingHttpHeaders, by: AnsweredBy): Failure {
  const { shown, secretName } = by;
  if (status === 401 || status === 403) {
    return {
      class: 'person',
      reason: 'AuthenticationFailed',
      message:
        secretName === undefined
          ? `${shown} asks for credentials (HTTP ${status}): put them into a Secret of this namespace and name it in spec.source.secretRef`
          : `${shown} refused the credentials of Secret "${secretName}" (HTTP ${status}): correct username and password, or token, there, or what they may read at the server`,
    };
  }
  if (status === 404 || status === 410) {
    return {
      class: 'person',
      reason: 'InvalidSource',
      message: `there is no repository at ${shown} (HTTP ${status}): correct spec.source.url, or give credentials that may see it`,
    };
  }
  const retryAfterMilliseconds = retryAfter(headers['retry-after'], by.now);
  const wait = retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds };
  if (status === 429) {
    return {
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} says that it is asked too often (HTTP 429): it is asked again later; a longer spec.interval helps`,
      ...wait,
    };
  }
  if (status >= 500) {
    return {
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} failed (HTTP ${status}): look at the Git server; it is asked again by itself`,
      ...wait,
    };
  }
  return {
    class: 'person',
    reason: 'ServerError',
    message: `${shown} gave no Git answer (HTTP ${status}): check spec.source.url`,
    ...wait,
  };
}

/** Seconds or an HTTP date, as milliseconds from now. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^[0-9]{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  if (Number.isNaN(milliseconds)) return undefined;
  return Math.min(Math.max(milliseconds, 0), maxRetryAfterMilliseconds);
}
