// `/healthz`, `/readyz` and `/metrics` over plain HTTP, on a port of its own.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Log } from '../lib/log.ts';

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string };

/** Serves until the signal fires. Rejects when the port is taken. */
export async function serveHealth(
  options: {
    readonly port: number;
    readonly registry: Registry;
    readonly ready: () => Readiness;
    readonly log: Log;
  },
  signal: AbortSignal,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', options, response).catch((error: unknown) => {
      options.log.warn({ err: error }, 'health request failed');
      response.destroy();
    });
  });
  server.listen(options.port);
  await once(server, 'listening');
  const address = server.address();
  options.log.info(
    { port: typeof address === 'object' ? address?.port : options.port },
    'health server listening',
  );
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  server.closeAllConnections();
}

async function answer(
  url: string,
  options: { readonly registry: Registry; readonly ready: () => Readiness },
  response: ServerResponse,
): Promise<void> {
  const path = url.split('?')[0];
  if (path === '/healthz') return send(response, 200, 'ok\n');
  if (path === '/readyz') {
    const readiness = options.ready();
    return readiness.ready ? send(response, 200, 'ok\n') : send(response, 503, `${readiness.why}\n`);
  }
  if (path === '/metrics') {
    return send(response, 200, await options.registry.metrics(), options.registry.contentType);
  }
  return send(response, 404, 'not found: /healthz, /readyz and /metrics are here\n');
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
