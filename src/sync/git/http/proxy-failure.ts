// What went wrong at a proxy -> what it means for the reader.

import { errorCode } from '../../../lib/error-code.ts';
import type { SourceFailure } from '../../source.ts';
import { networkWords } from '../network-words.ts';
import type { ProxyError } from './proxy-error.ts';
import { certificateProblem } from './tls-failure.ts';

type Failure = Omit<SourceFailure, 'kind'>;

export function proxyFailure(error: ProxyError, proxy: string, shown: string): Failure {
  const code = errorCode(error.cause);
  switch (error.kind) {
    case 'status':
      return proxyStatusFailure(error.status ?? 0, proxy, shown);
    case 'timeout':
      return unreachable(shown, `the proxy ${proxy} gave no answer in time: check that it runs`);
    case 'connection': {
      if (code === 'ERR_INVALID_CHAR') {
        return {
          class: 'person',
          reason: 'SecretInvalid',
          about: 'proxy',
          message: `${shown} cannot be asked: the credentials of the proxy hold a character that no header of HTTP can carry; look for line breaks in them`,
        };
      }
      const problem = certificateProblem(code);
      if (problem === undefined) {
        return unreachable(
          shown,
          `the proxy ${proxy} cannot be reached: ${networkWords(code, 'the address of the proxy')}`,
        );
      }
      return {
        class: 'person',
        reason: 'NotTrusted',
        about: 'proxy',
        message: `${shown} cannot be reached: the proxy ${proxy} cannot be trusted: ${problem}`,
      };
    }
  }
}

export function proxyStatusFailure(status: number, proxy: string, shown: string): Failure {
  if (status === 407) {
    return {
      class: 'person',
      reason: 'AuthenticationFailed',
      about: 'proxy',
      message: `the proxy ${proxy} refused the way to ${shown} (HTTP 407): correct the user name and password for the proxy, or add them`,
    };
  }
  if (status >= 400 && status < 500) {
    return {
      class: 'person',
      reason: 'ProxyRefused',
      about: 'proxy',
      message: `the proxy ${proxy} does not let through to ${shown} (HTTP ${status}): allow host and port there, or go past the proxy`,
    };
  }
  return unreachable(
    shown,
    `the proxy ${proxy} opened no way there (HTTP ${status}): look at the proxy, and whether it reaches the Git server`,
  );
}

function unreachable(shown: string, why: string): Failure {
  return {
    class: 'retry',
    reason: 'Unreachable',
    about: 'proxy',
    message: `${shown} cannot be reached: ${why}; it is asked again by itself`,
  };
}
