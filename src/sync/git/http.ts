// HTTP to one Git server: redirects within its origin and to nowhere else, and every failure in words. Answers are whole,
// so that nothing above can hang on a stream or take a cut one for its end.
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { type ExchangeOptions, exchangeTwice, type GitAnswer, type GitRequest, timeout } from './exchange.ts';
import { networkFailure } from './network-failure.ts';
import { pausableDeadline } from './pausable-deadline.ts';
import { showUrl } from './show-url.ts';
import { SourceError } from './source-error.ts';
import { statusFailure } from './status-failure.ts';

export type GitHttpOptions = ExchangeOptions & {
  /** PEM; replaces the well-known authorities. */
  readonly ca: string | undefined;
  /** For messages: where credentials and `ca` come from. */
  readonly secretName: string | undefined;
  readonly now: () => number;
};

export type GitHttp = {
  /** Status 200, or a SourceError; rejects with the signal's reason when it fires. */
  send(request: GitRequest, signal: AbortSignal): Promise<GitAnswer>;
  close(): void;
};

// As many as git itself follows.
const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

export function createGitHttp(options: GitHttpOptions): GitHttp {
  const agent =
    options.url.protocol === 'https:'
      ? new TlsAgent({
          keepAlive: true,
          maxSockets: 4,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        })
      : new Agent({ keepAlive: true, maxSockets: 4 });
  const from = { shown: showUrl(options.url), secretName: options.secretName };

  const send = async (request: GitRequest, signal: AbortSignal): Promise<GitAnswer> => {
    using deadline = pausableDeadline(signal, options.limits.overallMilliseconds);
    const { admit } = request;
    const paused =
      admit === undefined ? undefined : (during: AbortSignal) => deadline.paused(() => admit(during));
    try {
      return await follow({ ...request, admit: paused }, deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceError) throw error;
      if (deadline.expired()) throw timeout(from.shown, 'answer in full', options.limits.overallMilliseconds);
      throw new SourceError(networkFailure(error, from));
    }
  };

  const follow = async (first: GitRequest, signal: AbortSignal): Promise<GitAnswer> => {
    let url = first.url;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const request = { ...first, url };
      const answer = await exchangeTwice(request, agent, options, signal);
      if (redirects.has(answer.status)) {
        url = redirectTarget(answer.headers.location, request.url, from.shown);
        continue;
      }
      if (answer.status === 200) return answer;
      throw new SourceError(statusFailure(answer.status, answer.headers, { ...from, now: options.now() }));
    }
    throw invalidSource(`${from.shown} redirects in a circle: check spec.source.url`);
  };

  return { send, close: () => agent.destroy() };
}

function redirectTarget(location: string | undefined, from: URL, shown: string): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null) throw invalidSource(`${shown} redirects to no address: check spec.source.url`);
  if (target.origin !== from.origin) {
    throw invalidSource(
      `${shown} redirects to another host (${target.protocol}//${target.host}), where credentials are never sent: write the address that is meant into spec.source.url`,
    );
  }
  return target;
}

function invalidSource(message: string): SourceError {
  return new SourceError({ class: 'person', reason: 'InvalidSource', message });
}
