// HTTP to one Git server: one origin, deadlines for every phase, a byte cap, an answer held whole. A whole answer means
// that nothing above can hang on a stream or take a cut one for its end.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { withDeadline } from '../../lib/deadline.ts';
import { showUrl } from '../repository-url.ts';
import type { GitLimits } from './limits.ts';
import { networkFailure } from './network-failure.ts';
import { SourceError } from './source-error.ts';
import { statusFailure } from './status-failure.ts';

export type GitHttpOptions = {
  readonly url: URL;
  /** Value of the Authorization header, sent to the origin of `url` only. */
  readonly authorization: string | undefined;
  /** PEM; replaces the well-known authorities. */
  readonly ca: string | undefined;
  /** For messages: where credentials and `ca` come from. */
  readonly secretName: string | undefined;
  readonly userAgent: string;
  readonly limits: GitLimits;
  readonly now: () => number;
  readonly onBytes: (bytes: number) => void;
};

export type GitRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

export type GitAnswer = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

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
    const deadline = withDeadline(signal, options.limits.overallMilliseconds);
    try {
      return await follow(request, deadline);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceError) throw error;
      if (deadline.aborted) throw timeout(from.shown, 'answer in full', options.limits.overallMilliseconds);
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

type Exchanged = GitAnswer & { readonly status: number };

// A server may close a kept connection just when it is used again; that says nothing about the server.
async function exchangeTwice(
  request: GitRequest,
  agent: Agent,
  options: GitHttpOptions,
  signal: AbortSignal,
): Promise<Exchanged> {
  const sent = { onReusedConnection: false };
  try {
    return await exchange(request, agent, options, signal, sent);
  } catch (error) {
    if (!sent.onReusedConnection || signal.aborted || error instanceof SourceError) throw error;
    return await exchange(request, agent, options, signal, sent);
  }
}

async function exchange(
  request: GitRequest,
  agent: Agent,
  options: GitHttpOptions,
  signal: AbortSignal,
  sent: { onReusedConnection: boolean },
): Promise<Exchanged> {
  const { limits, authorization } = options;
  const shown = showUrl(options.url);
  const secure = request.url.protocol === 'https:';
  const outgoing = (secure ? tlsRequest : plainRequest)(request.url, {
    agent,
    method: request.method,
    signal,
    timeout: limits.connectMilliseconds,
    headers: {
      ...request.headers,
      'user-agent': options.userAgent,
      // CodeCommit hangs up on a body without a length.
      ...(request.method === 'POST' ? { 'content-length': String(request.body.length) } : {}),
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
  let phase = { words: 'accept a connection', milliseconds: limits.connectMilliseconds };
  // Kept, because a request that is destroyed in its body reports a cut connection, whatever it was destroyed with.
  let expired: SourceError | undefined;
  const enter = (words: string, milliseconds: number): void => {
    phase = { words, milliseconds };
    outgoing.setTimeout(milliseconds);
  };
  outgoing.on('timeout', () => {
    expired ??= timeout(shown, phase.words, phase.milliseconds);
    outgoing.destroy(expired);
  });
  outgoing.on('socket', (socket) => {
    sent.onReusedConnection = outgoing.reusedSocket;
    if (outgoing.reusedSocket) enter('begin an answer', limits.headMilliseconds);
    else {
      socket.once(secure ? 'secureConnect' : 'connect', () =>
        enter('begin an answer', limits.headMilliseconds),
      );
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve);
  outgoing.on('error', reject);
  outgoing.end(request.body);
  const incoming = await promise;
  enter('go on with its answer', limits.idleMilliseconds);
  try {
    const body = await collect(incoming, options, shown);
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
  } catch (error) {
    throw expired ?? error;
  } finally {
    incoming.destroy();
  }
}

async function collect(incoming: IncomingMessage, options: GitHttpOptions, shown: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece: Buffer = Buffer.from(chunk);
    bytes += piece.length;
    options.onBytes(piece.length);
    if (bytes > options.limits.answerBytes) {
      throw new SourceError({
        class: 'person',
        reason: 'TooLarge',
        message: `${shown} answered with more than ${options.limits.answerBytes} bytes: keep config in a repository that is smaller than that, all files of its newest commit together`,
      });
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
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

function timeout(shown: string, what: string, milliseconds: number): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'Timeout',
    message: `${shown} did not ${what} within ${milliseconds / 1000} s: look at the Git server and the network; it is asked again by itself`,
  });
}
