// A TCP proxy for tests whose behaviour is switched while it runs. It knows as much HTTP/1.1 as it takes to see where a
// request starts; other protocols pass as they are.
import { randomInt } from 'node:crypto';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Fault, FaultProxyOptions } from './fault.ts';
import { type FaultConnection, openFaultConnection } from './fault-connection.ts';

export type FaultProxy = {
  /** With the scheme that clients of this proxy use if they speak HTTP. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** HTTP requests seen so far, those with a fault included. */
  requests(): number;
  /** Open connections, silenced ones included. */
  connections(): number;
  /** Each request obeys what is set when it starts. Resolves when it is in force. */
  set(fault: Fault): Promise<void>;
  /** Resets every open connection. */
  dropConnections(): void;
  stop(): Promise<void>;
};

/** Starts as `pass`; rejects when it cannot listen. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const host = options.host ?? '127.0.0.1';
  const open = new Set<FaultConnection>();
  const context = options.tls && createSecureContext({ cert: options.tls.certificate, key: options.tls.key });
  let fault: Fault = { kind: 'pass' };
  let requests = 0;

  const accept = (raw: Socket): void => {
    const silent = fault.kind === 'hang';
    const client = context && !silent ? new TLSSocket(raw, { isServer: true, secureContext: context }) : raw;
    const connection = openFaultConnection({
      client,
      raw,
      target: options.target,
      silent,
      faultFor(requestLine) {
        if (requestLine !== undefined) requests += 1;
        return requestLine !== undefined && options.affects?.(requestLine) === false
          ? { kind: 'pass' }
          : fault;
      },
    });
    open.add(connection);
    raw.once('close', () => open.delete(connection));
  };

  let server: Server | undefined = createServer({ allowHalfOpen: true }, accept);
  const port = await listenSomewhere(server, host, options.port);

  const close = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    const closed = new Promise<void>((resolve) => (closing ? closing.close(() => resolve()) : resolve()));
    for (const connection of open) connection.reset();
    await closed;
  };

  return {
    host,
    port,
    url: `${options.tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    requests: () => requests,
    connections: () => open.size,
    async set(next) {
      fault = next;
      if (next.kind === 'refuse') await close();
      else if (server === undefined) {
        server = createServer({ allowHalfOpen: true }, accept);
        await listen(server, host, port);
      }
      if (next.kind === 'hang') for (const connection of open) connection.silence();
    },
    dropConnections() {
      for (const connection of open) connection.reset();
    },
    stop: close,
  };
}

// Below the ports that systems hand out for outgoing connections: while it refuses, nobody else gets this one, and a
// client on loopback cannot by chance connect to itself.
async function listenSomewhere(server: Server, host: string, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined && wanted !== 0) {
    await listen(server, host, wanted);
    return wanted;
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(10_000, 30_000);
    try {
      await listen(server, host, port);
      return port;
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise;
  server.removeListener('error', listening.reject);
}
