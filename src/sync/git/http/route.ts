// The way to a server: straight, or through a proxy. HTTPS goes through a proxy in a tunnel, HTTP is asked of the proxy itself.
import { Agent, type RequestOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { Credential } from '../../credentials/credential.ts';
import type { GitLimits } from '../limits.ts';
import { createProxyConnection } from './proxy-connection.ts';
import { TunnelAgent } from './tunnel-agent.ts';

export type Route = {
  readonly agent: Agent;
  /** Whether the connection that a request gets speaks TLS. */
  readonly isSecure: boolean;
  /** Who is connected to and what is asked for, with the headers that this takes. */
  target(url: URL): RequestOptions;
  /** Lets go of connections that nobody uses. */
  dropIdle(): void;
  close(): void;
} & RouteProxy;

export type RouteProxy =
  | { readonly kind: 'direct' }
  /** `proxy` is for messages. */
  | { readonly kind: 'tunnel' | 'forward'; readonly proxy: string };

export type RouteOptions = {
  readonly address: RepositoryAddress;
  readonly proxy: Credential['proxy'];
  readonly context: SecureContext | undefined;
  readonly limits: GitLimits;
};

const keepAlive = { keepAlive: true };

export function createRoute({ address, proxy, context, limits }: RouteOptions): Route {
  const secure = { ...keepAlive, ...(context === undefined ? {} : { secureContext: context }) };
  const isSecure = address.scheme === 'https';
  if (proxy === undefined) {
    const agent = isSecure ? new TlsAgent(secure) : new Agent(keepAlive);
    return { kind: 'direct', agent, isSecure, target: urlToHttpOptions, ...endings(agent) };
  }
  const shown = proxy.url.origin;
  const connection = createProxyConnection(proxy);
  if (isSecure) {
    const agent = new TunnelAgent(secure, connection, limits.connectMilliseconds);
    return { kind: 'tunnel', proxy: shown, agent, isSecure, target: urlToHttpOptions, ...endings(agent) };
  }
  const agent = connection.isSecure
    ? new TlsAgent({ ...keepAlive, ...connection.tls })
    : new Agent(keepAlive);
  return {
    kind: 'forward',
    proxy: shown,
    agent,
    isSecure: connection.isSecure,
    target: (url) => ({
      ...connection.target,
      path: url.href,
      headers: { ...connection.headers, host: url.host },
    }),
    ...endings(agent),
  };
}

function endings(agent: Agent): Pick<Route, 'dropIdle' | 'close'> {
  return {
    dropIdle() {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    },
    close: () => agent.destroy(),
  };
}
