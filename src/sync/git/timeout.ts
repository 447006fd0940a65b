// A deadline that has passed -> what it means for the reader.

import type { Course } from './http/exchange.ts';
import type { RouteProxy } from './http/route.ts';
import type { GitLimits } from './limits.ts';
import { phaseMilliseconds } from './phase-clock.ts';
import { SourceError } from './source-error.ts';

type Asked = { readonly shown: string; readonly route: RouteProxy; readonly limits: GitLimits };

export function phaseTimeout({ phase, expired }: Course, { shown, route, limits }: Asked): SourceError {
  const seconds = phaseMilliseconds(phase, limits) / 1000;
  if (expired === 'slow') {
    const window = limits.lowSpeedMilliseconds / 1000;
    return timeout(
      `${shown} sent fewer than ${limits.lowSpeedBytesPerSecond} bytes a second for ${window} s: look at the Git server and the network; it is asked again by itself`,
    );
  }
  if (phase !== 'connect') {
    const what = phase === 'head' ? 'begin an answer' : 'go on with its answer';
    return timeout(
      `${shown} did not ${what} within ${seconds} s: look at the Git server and the network; it is asked again by itself`,
    );
  }
  if (route.kind === 'direct') {
    return timeout(
      `${shown} did not accept a connection within ${seconds} s: check host, port and network policies; it is asked again by itself`,
      { of: 'host' },
    );
  }
  return timeout(
    `no connection to ${shown} came about through the proxy ${route.proxy} within ${seconds} s: check that the proxy runs and may reach that host; it is asked again by itself`,
    { about: 'proxy' },
  );
}

export function overallTimeout(shown: string, limits: GitLimits): SourceError {
  return timeout(
    `${shown} did not answer in full within ${limits.overallMilliseconds / 1000} s: look at the Git server and the network; it is asked again by itself`,
  );
}

function timeout(message: string, whose: { about?: 'proxy'; of?: 'host' } = {}): SourceError {
  return new SourceError({ class: 'retry', reason: 'Timeout', message, ...whose });
}
