// One request and its answer, taken whole: every phase has a deadline, and the body a byte cap.
import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Admit } from '../turns.ts';
import type { GitLimits } from './limits.ts';
import { showUrl } from './show-url.ts';
import { SourceError } from './source-error.ts';

export type GitRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Waited for before more than a little of the answer is held. */
  readonly admit?: Admit | undefined;
};

export type GitAnswer = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

export type ExchangeOptions = {
  /** For messages, and the origin of every request. */
  readonly url: URL;
  /** Value of the Authorization header, sent to the origin of `url` only. */
  readonly authorization: string | undefined;
  readonly userAgent: string;
  readonly limits: GitLimits;
  readonly onBytes: (bytes: number) => void;
};

// So little is taken of any answer at once. It holds what a server says before it begins to pack, and all of most config
// repositories; a thousand servers that fall silent in it cost less than one turn may.
const freeBytes = 64 * 1024;

export type Exchanged = GitAnswer & { readonly status: number };

/** A server may close a kept connection just when it is used again; that says nothing about the server. */
export async function exchangeTwice(
  request: GitRequest,
  agent: Agent,
  options: ExchangeOptions,
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
  options: ExchangeOptions,
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
      ...(authorization === undefined || request.url.origin !== options.url.origin ? {} : { authorization }),
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
    const admit = async (): Promise<void> => {
      if (request.admit === undefined) return;
      // While it has to wait for us the server cannot go on.
      outgoing.setTimeout(0);
      await request.admit(signal);
      enter('go on with its answer', limits.idleMilliseconds);
    };
    const body = await collect(incoming, options, shown, admit);
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
  } catch (error) {
    throw expired ?? error;
  } finally {
    incoming.destroy();
  }
}

async function collect(
  incoming: IncomingMessage,
  options: ExchangeOptions,
  shown: string,
  admit: () => Promise<void>,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isAdmitted = false;
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
    if (bytes > freeBytes && !isAdmitted) {
      await admit();
      isAdmitted = true;
    }
  }
  return Buffer.concat(chunks);
}

export function timeout(shown: string, what: string, milliseconds: number): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'Timeout',
    message: `${shown} did not ${what} within ${milliseconds / 1000} s: look at the Git server and the network; it is asked again by itself`,
  });
}
