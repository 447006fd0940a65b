// One request and its answer, taken whole: nothing above can hang on a stream or take a cut one for its end.
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { checkAnswerSize, freeBytes } from '../answer-size.ts';
import { type GitLimits, withPatience } from '../limits.ts';
import { type Expired, type Phase, type PhaseClock, startPhaseClock } from '../phase-clock.ts';
import type { UploadPackRequest } from '../transport.ts';
import type { Route } from './route.ts';

export type HttpRequest = UploadPackRequest & {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};

export type HttpAnswer = {
  /** Where it was given, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly contentType: string;
  /** Empty for any status but 200. */
  readonly body: Buffer;
};

export type ExchangeOptions = {
  readonly route: Route;
  readonly limits: GitLimits;
  /** Address for messages. */
  readonly shown: string;
  readonly onBytes: (bytes: number) => void;
};

/** How far a request came. */
export type Course = { isReused: boolean; phase: Phase; expired: Expired | undefined };

/** A server may close a kept connection just when it is used again; that says nothing about the server. */
export async function exchangeTwice(
  request: HttpRequest,
  options: ExchangeOptions,
  signal: AbortSignal,
  course: Course,
): Promise<HttpAnswer> {
  try {
    return await exchange(request, options, signal, course);
  } catch (error) {
    const isStale = course.isReused && course.phase === 'head' && course.expired === undefined;
    if (!isStale || signal.aborted) throw error;
    // The others are as old.
    options.route.dropIdle();
    return await exchange(request, options, signal, course);
  }
}

async function exchange(
  request: HttpRequest,
  options: ExchangeOptions,
  signal: AbortSignal,
  course: Course,
): Promise<HttpAnswer> {
  const outgoing = prepare(request, options.route, signal);
  const limits = withPatience(options.limits, request.headMilliseconds);
  using clock = startPhaseClock(limits, () => outgoing.destroy(new Error('the time is up')));
  let incoming: IncomingMessage | undefined;
  try {
    incoming = await answerOf(outgoing, request.body, clock, options.route.isSecure, course);
    const status = incoming.statusCode ?? 0;
    // What is said beside a failure is of no use, and may have no end: its connection goes with it.
    const body = status === 200 ? await collect(incoming, request, options, clock, signal) : Buffer.alloc(0);
    const { headers } = incoming;
    return { url: request.url, status, headers, contentType: headers['content-type'] ?? '', body };
  } finally {
    course.phase = clock.phase();
    course.expired = clock.expired();
    incoming?.destroy();
  }
}

function prepare(
  { method, url, headers, body }: HttpRequest,
  route: Route,
  signal: AbortSignal,
): ClientRequest {
  const target = route.target(url);
  return (route.isSecure ? tlsRequest : plainRequest)({
    ...target,
    agent: route.agent,
    method,
    signal,
    headers: {
      ...headers,
      ...target.headers,
      // CodeCommit hangs up on a body without a length.
      ...(method === 'POST' ? { 'content-length': String(body.length) } : {}),
    },
  });
}

async function answerOf(
  outgoing: ClientRequest,
  body: Uint8Array,
  clock: PhaseClock,
  isSecure: boolean,
  course: Course,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('socket', (socket) => {
    course.isReused = outgoing.reusedSocket;
    if (outgoing.reusedSocket) clock.enter('head');
    else socket.once(isSecure ? 'secureConnect' : 'connect', () => clock.enter('head'));
  });
  outgoing.once('response', resolve);
  outgoing.on('error', reject);
  // Such as an upgrade that nobody asked for.
  outgoing.once('close', () => reject(new Error('closed without an answer')));
  outgoing.end(body);
  const incoming = await promise;
  clock.enter('body');
  return incoming;
}

async function collect(
  incoming: IncomingMessage,
  { method, byteLimit, admit, onBytes }: HttpRequest,
  options: ExchangeOptions,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<Buffer> {
  const sized = { what: method === 'GET' ? 'refs' : 'pack', byteLimit } as const;
  const check = (bytes: number): void => checkAnswerSize(bytes, sized, options.limits, options.shown);
  check(Number(incoming.headers['content-length'] ?? 0));
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isAdmitted = admit === undefined;
  for await (const piece of bytesOf(incoming)) {
    bytes += piece.length;
    clock.received(piece.length);
    options.onBytes(piece.length);
    onBytes?.(bytes, piece);
    check(bytes);
    pieces.push(piece);
    if (bytes > freeBytes && !isAdmitted) {
      await clock.paused(async () => admit?.(signal));
      isAdmitted = true;
      // From here on it is the server again who is waited for, also when nothing comes any more.
      onBytes?.(bytes);
    }
  }
  return Buffer.concat(pieces, bytes);
}

async function* bytesOf(incoming: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const piece of incoming) if (Buffer.isBuffer(piece)) yield piece;
}
