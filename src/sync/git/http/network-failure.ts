// An error of the network or of TLS -> what it means for the reader.

import { errorCode } from '../../../lib/error-code.ts';
import type { SourceFailure } from '../../source.ts';
import { networkWords } from '../network-words.ts';
import type { Phase } from '../phase-clock.ts';
import { ProxyError } from './proxy-error.ts';
import { proxyFailure } from './proxy-failure.ts';
import type { RouteProxy } from './route.ts';
import { type TlsUsed, tlsFailure } from './tls-failure.ts';

type Failure = Omit<SourceFailure, 'kind'>;

export type FailedRequest = {
  readonly shown: string;
  readonly route: RouteProxy & { readonly isSecure: boolean };
  readonly tls: TlsUsed;
  /** Where the address can be corrected. */
  readonly written: string;
  /** How far it came. */
  readonly phase: Phase;
};

export function networkFailure(error: unknown, from: FailedRequest): Failure {
  const { shown, written, route, tls, phase } = from;
  if (route.kind !== 'direct' && error instanceof ProxyError) return proxyFailure(error, route.proxy, shown);
  if (route.kind === 'forward' && phase === 'connect') {
    return proxyFailure(new ProxyError('connection', { cause: error }), route.proxy, shown);
  }
  const code = errorCode(error);
  if (code === 'ERR_INVALID_CHAR') {
    return {
      class: 'person',
      reason: 'SecretInvalid',
      about: 'login',
      message: `${shown} cannot be asked: the credentials hold a character that no header of HTTP can carry; look for line breaks in them`,
    };
  }
  if (code.startsWith('HPE_')) {
    return {
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} answered something that is not HTTP (${code}): check port and scheme in ${written}`,
    };
  }
  const problem = route.isSecure ? tlsFailure(error, shown, tls) : undefined;
  if (problem !== undefined) return problem;
  const why = networkWords(code, written);
  // Some servers say no word to a client certificate that they do not accept.
  const isHungUp = route.isSecure && phase !== 'body' && code === 'ECONNRESET' && tls.client !== undefined;
  return {
    class: 'retry',
    reason: 'Unreachable',
    message: `${shown} cannot be reached: ${why}${isHungUp ? '; it may not accept the client certificate' : ''}`,
    ...(isHungUp ? { about: 'client' } : {}),
  };
}
