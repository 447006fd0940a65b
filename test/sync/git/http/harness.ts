// What the tests of the HTTP transport share: a transport with the defaults, requests of Git, servers of a few lines.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import { createHttpTransport, type HttpTransportOptions } from '../../../../src/sync/git/http/transport.ts';
import { defaultGitLimits, type GitLimits } from '../../../../src/sync/git/limits.ts';
import { flush, pktLine } from '../../../../src/sync/git/pkt-line.ts';
import { SourceError } from '../../../../src/sync/git/source-error.ts';
import type { Transport } from '../../../../src/sync/git/transport.ts';
import type { SourceFailure } from '../../../../src/sync/source.ts';

export type Opened = Transport & { readonly bytes: () => number };

export type OpenOptions = Partial<Omit<HttpTransportOptions, 'limits' | 'address'>> & {
  readonly limits?: Partial<GitLimits>;
  readonly authorization?: string;
};

export function openTransport(url: string, { authorization, limits, ...options }: OpenOptions = {}): Opened {
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error(`${url} is no address`);
  let bytes = 0;
  const transport = createHttpTransport({
    address,
    tls: { ca: undefined, client: undefined },
    proxy: undefined,
    authorizer: { header: async () => authorization, renew: async () => false },
    userAgent: 'git/2.0 (confroll-test)',
    now: Date.now,
    onBytes: (each) => {
      bytes += each;
    },
    ...options,
    limits: { ...defaultGitLimits, ...limits },
  });
  return { ...transport, bytes: () => bytes };
}

export const within = (seconds = 40): AbortSignal => AbortSignal.timeout(seconds * 1000);

export const listRefs = Buffer.from(
  `${pktLine('command=ls-refs\n')}0001${pktLine('ref-prefix refs/heads/\n')}${flush}`,
);

/** Both requests of a look at the server. */
export async function look(transport: Transport, signal = within()): Promise<string> {
  const conversation = await transport.open('v2', signal);
  return (await conversation.send({ body: listRefs }, signal)).toString('latin1');
}

/** What a look, or whatever else, fails with. */
export async function failureOf(work: Promise<unknown>): Promise<SourceFailure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SourceError) return error.failure;
    throw error;
  }
  throw new Error('it did not fail');
}

const greetingV2 = `${pktLine('version 2\n')}${pktLine('ls-refs=unborn\n')}${pktLine('fetch=shallow filter\n')}${flush}`;

export type Serving = AsyncDisposable & {
  readonly url: string;
  readonly requests: () => number;
  readonly sockets: () => number;
};

/** GET is answered with a greeting of protocol v2 unless `listener` is to see it, too. */
export async function serve(listener: RequestListener, sees: 'all' | 'posts' = 'posts'): Promise<Serving> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (request.method === 'GET' && sees === 'posts') response.end(greetingV2);
    else listener(request, response);
  });
  return listen(server, () => requests);
}

/** Whatever is connected is given to `onSocket`. */
export function serveSockets(onSocket: (socket: Socket) => void): Promise<Serving> {
  const server = createTcpServer((socket) => {
    // Read on, or nobody would see that the client has left.
    socket.resume();
    onSocket(socket);
  });
  return listen(server, () => 0);
}

export async function listen(
  server: Server | ReturnType<typeof createTcpServer>,
  requests: () => number,
  scheme = 'http',
): Promise<Serving> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    sockets: () => sockets.size,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Resolves when the other end has seen the last connection go. */
export async function nobody(count: () => number): Promise<void> {
  for (let look = 0; count() > 0; look += 1) {
    if (look > 400) throw new Error(`${count()} connections are still open`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
