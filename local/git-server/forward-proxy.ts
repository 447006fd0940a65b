// An HTTP proxy on loopback for tests: tunnels by CONNECT, requests by absolute address, a login when it is wanted.
import {
  request as askServer,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type ForwardProxyOptions = {
  /** Asked of every request. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Serve TLS with this certificate, PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
};

export type ForwardProxy = {
  /** Without a slash at the end. */
  readonly url: string;
  /** Tunnels that were asked for so far, refused ones included. */
  tunnels(): number;
  /** Requests by absolute address so far, refused ones included. */
  requests(): number;
  /** Open connections of clients. */
  connections(): number;
  /** From now on: this status instead of an answer, or silence; undefined for an answer. */
  set(fault: number | 'silence' | undefined): void;
  /** Asked of every request from now on. */
  setCredentials(next: ForwardProxyOptions['credentials']): void;
  stop(): Promise<void>;
};

export async function startForwardProxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const counted = { tunnels: 0, requests: 0 };
  const sockets = new Set<Socket>();
  let fault: number | 'silence' | undefined;
  let { credentials } = options;

  const refusal = (request: IncomingMessage): number | 'silence' | undefined =>
    fault ?? (isAllowed(request.headers['proxy-authorization'], credentials) ? undefined : 407);

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    counted.requests += 1;
    const refused = refusal(request);
    if (refused === undefined) forward(request, response);
    else if (refused !== 'silence') response.writeHead(refused).end('the words of the proxy\n');
  };
  const onConnect = (request: IncomingMessage, client: Duplex, head: Buffer): void => {
    counted.tunnels += 1;
    client.on('error', () => client.destroy());
    const refused = refusal(request);
    if (refused === undefined) {
      tunnel(request.url ?? '', client, head);
      return;
    }
    // Read on, or nobody would see that the client has left.
    client.resume().once('end', () => client.destroy());
    if (refused !== 'silence') client.end(`HTTP/1.1 ${refused} No\r\ncontent-length: 0\r\n\r\n`);
  };

  const server: Server =
    options.tls === undefined
      ? createServer(onRequest)
      : createTlsServer({ cert: options.tls.certificate, key: options.tls.key }, onRequest);
  server.on('connect', onConnect);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, '127.0.0.1', () => listening.resolve());
  await listening.promise;
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    tunnels: () => counted.tunnels,
    requests: () => counted.requests,
    connections: () => sockets.size,
    set(next) {
      fault = next;
    },
    setCredentials(next) {
      credentials = next;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isAllowed(header: string | undefined, wanted: ForwardProxyOptions['credentials']): boolean {
  if (wanted === undefined) return true;
  return header === `Basic ${Buffer.from(`${wanted.username}:${wanted.password}`).toString('base64')}`;
}

function tunnel(target: string, client: Duplex, head: Buffer): void {
  const { hostname, port } = new URL(`http://${target}`);
  const server = connect(Number(port === '' ? 80 : port), hostname.replaceAll(/[[\]]/g, ''));
  let isOpen = false;
  server.once('connect', () => {
    isOpen = true;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(head);
    client.pipe(server).pipe(client);
  });
  server.on('error', () => {
    if (isOpen) client.destroy();
    else client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
  });
  client.once('close', () => server.destroy());
  server.once('close', () => (isOpen ? client.destroy() : undefined));
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const url = URL.parse(request.url ?? '');
  if (url === null) {
    response.writeHead(400).end();
    return;
  }
  const { 'proxy-authorization': _, ...headers } = request.headers;
  const asked = askServer(url, { method: request.method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  asked.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.once('close', () => asked.destroy());
  request.pipe(asked);
}
