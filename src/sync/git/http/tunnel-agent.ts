// Connections to a TLS server through a proxy, kept like any other. The agents in the registry leave the proxy's
// connection open when it does not answer, or the request that wanted it is given up; here each has an end.
import { type ClientRequest, request as plainRequest } from 'node:http';
import { type AgentOptions, type RequestOptions, Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { isIPv6, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProxyConnection } from './proxy-connection.ts';
import { ProxyError } from './proxy-error.ts';

export class TunnelAgent extends TlsAgent {
  readonly #proxy: ProxyConnection;
  readonly #milliseconds: number;
  readonly #opening = new Set<ClientRequest>();

  constructor(options: AgentOptions, proxy: ProxyConnection, milliseconds: number) {
    super(options);
    this.#proxy = proxy;
    this.#milliseconds = milliseconds;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const host = options.host ?? '';
    const asked = this.#ask(`${isIPv6(host) ? `[${host}]` : host}:${options.port}`);
    this.#opening.add(asked);
    const timer = setTimeout(() => asked.destroy(new ProxyError('timeout')), this.#milliseconds);
    // The type wants a stream beside an error, too; nobody looks at it.
    const settle = (error: Error | null, stream: Duplex = new Socket()): void => {
      clearTimeout(timer);
      this.#opening.delete(asked);
      callback?.(error, stream);
    };
    asked.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        settle(new ProxyError('status', { status: statusCode }));
        return;
      }
      socket.unshift(head);
      const wanted = { ...options, socket };
      settle(null, super.createConnection(wanted) ?? undefined);
    });
    // A proxy that answers with a body has not understood.
    asked.once('response', ({ statusCode = 0 }) => {
      asked.destroy();
      settle(new ProxyError('status', { status: statusCode }));
    });
    asked.on('error', (cause) => {
      settle(cause instanceof ProxyError ? cause : new ProxyError('connection', { cause }));
    });
    asked.end();
  }

  override destroy(): void {
    for (const asked of this.#opening) asked.destroy();
    super.destroy();
  }

  #ask(target: string): ClientRequest {
    const { isSecure, target: proxy, headers, tls } = this.#proxy;
    const options = {
      ...proxy,
      ...tls,
      method: 'CONNECT',
      path: target,
      headers: { ...headers, host: target },
      agent: false,
    } as const;
    return isSecure ? tlsRequest(options) : plainRequest(options);
  }
}
