// A Git server for tests, in front of the real one: it passes on what it is asked until it is told to misbehave, and
// behaves again when it is told so. It remembers what clients have shown to it. One server, with what is known of each of
// its requests; what it may do instead of answering stands in files of its own.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createListener, type Socket } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GitServer } from '../../../local/git-server/server.ts';
import { refusedWant, type Speaks, wantsCommits, withoutFilter } from './speaks.ts';

/** What a request is about, of Git. In protocol version 0 the list of refs comes with `greeting`. */
export type Question = 'greeting' | 'refs' | 'pack' | 'other';

export type Exchange = {
  readonly question: Question;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: Seen;
  /** What the real server says to it. */
  answer(): Promise<Answer>;
  /** Of the connection, below TLS. */
  reset(): void;
};

export type Answer = { readonly status: number; readonly type: string; readonly body: Buffer };

export type Misbehaviour = {
  /** Instead of serving it. */
  readonly onConnection?: (socket: Socket) => void;
  /** Default: all that is asked. */
  readonly questions?: readonly Question[];
  readonly onExchange?: (exchange: Exchange) => Promise<void> | void;
};

/** What a client has shown of itself with one request. */
export type Seen = {
  readonly line: string;
  readonly authorization: string | undefined;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
};

export type FrontOptions = {
  readonly target: GitServer;
  /** PEM; with `clientCa` every client's certificate is asked for, and let through whatever it is. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
  /** Default: all. */
  readonly speaks?: Speaks;
};

export type Front = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: it behaves. Holds for connections and requests from now on. */
  misbehave(next: Misbehaviour | undefined): void;
  /** TLS only; for connections from now on. */
  useCertificate(next: { readonly certificate: string; readonly key: string }): void;
  /** Every connection is cut. */
  dropConnections(): void;
  connections(): number;
  seen(): readonly Seen[];
  stop(): Promise<void>;
};

export async function startFront({ target, tls, speaks = 'v2' }: FrontOptions): Promise<Front> {
  const open = new Set<Socket>();
  const seen: Seen[] = [];
  let misbehaviour: Misbehaviour = {};

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => {});
    const what = shown(request);
    seen.push(what);
    void exchange(request, response, what).catch(() => response.destroy());
  };

  const exchange = async (request: IncomingMessage, response: ServerResponse, what: Seen): Promise<void> => {
    const body = await bodyOf(request);
    const question = questionOf(request, body);
    const { questions, onExchange } = misbehaviour;
    const answer = async (): Promise<Answer> =>
      speaks === 'v2-commits-only' &&
      question === 'pack' &&
      !(await wantsCommits(directoryOf(target.root, request), body))
        ? refusedWant
        : ask(target, request, body, speaks);
    const isPassed = onExchange === undefined || questions?.includes(question) === false;
    if (!isPassed)
      return onExchange({
        question,
        request,
        response,
        seen: what,
        answer,
        reset: () => resetBelow(request),
      });
    give(response, await answer());
  };

  // A socket of TLS does not tell the one that it stands on.
  const resetBelow = ({ socket: { remotePort } }: IncomingMessage): void => {
    for (const socket of open) if (socket.remotePort === remotePort) socket.resetAndDestroy();
  };

  const server: Server | TlsServer =
    tls === undefined
      ? createServer(onRequest)
      : createTlsServer(
          {
            cert: tls.certificate,
            key: tls.key,
            ...(tls.clientCa === undefined
              ? {}
              : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }),
          },
          onRequest,
        );
  server.on('tlsClientError', () => {});
  // The server would read from a connection itself, before whoever is to have it.
  const listener = createListener({ allowHalfOpen: tls === undefined, noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    if (misbehaviour.onConnection === undefined) server.emit('connection', socket);
    else misbehaviour.onConnection(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  const host = `127.0.0.1:${bound.port}`;

  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    port: bound.port,
    misbehave(next) {
      misbehaviour = next ?? {};
    },
    useCertificate({ certificate, key }) {
      if ('setSecureContext' in server) server.setSecureContext({ cert: certificate, key });
    },
    dropConnections() {
      for (const socket of open) socket.resetAndDestroy();
    },
    connections: () => open.size,
    seen: () => seen,
    async stop() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Answers as it stands. */
export function give(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body);
}

function shown(request: IncomingMessage): Seen {
  const { socket } = request;
  const peer = 'getPeerCertificate' in socket ? clientName(socket) : undefined;
  return {
    line: `${request.method} ${request.url}`,
    authorization: request.headers.authorization,
    client: peer,
  };
}

function clientName(socket: object): string | undefined {
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return undefined;
  const certificate: unknown = socket.getPeerCertificate();
  if (typeof certificate !== 'object' || certificate === null || !('subject' in certificate))
    return undefined;
  const { subject } = certificate;
  if (typeof subject !== 'object' || subject === null || !('CN' in subject)) return undefined;
  return typeof subject.CN === 'string' ? subject.CN : undefined;
}

function directoryOf(root: string, { url = '' }: IncomingMessage): string {
  return join(root, url.replace(/\/git-upload-pack$/, ''));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function questionOf(request: IncomingMessage, body: Buffer): Question {
  if (request.url?.includes('/info/refs') === true) return 'greeting';
  if (request.url?.endsWith('/git-upload-pack') !== true) return 'other';
  return body.includes('command=ls-refs') ? 'refs' : 'pack';
}

async function ask(
  target: GitServer,
  request: IncomingMessage,
  body: Buffer,
  speaks: Speaks,
): Promise<Answer> {
  const names = ['content-type', 'accept', 'authorization', ...(speaks === 'v0' ? [] : ['git-protocol'])];
  const headers = Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  const answer = await fetch(target.url + (request.url ?? '/'), {
    method: request.method ?? 'GET',
    headers,
    ...(request.method === 'POST' ? { body } : {}),
  });
  const whole = Buffer.from(await answer.arrayBuffer());
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? 'text/plain',
    body: speaks === 'v2-without-filter' ? withoutFilter(whole) : whole,
  };
}
