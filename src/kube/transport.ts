// One HTTPS request to the API server: keep-alive agents, a deadline, a cap on the body, and errors that say who did
// not answer. It knows nothing of Kubernetes but its status codes.
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { isRecord } from '../lib/json.ts';
import type { Connection } from './api.ts';
import { KubeError } from './kube-error.ts';

export type HttpRequest = {
  /** `PATCH deployments prod/api`, for errors. */
  readonly description: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** A watch: its answer has no end. */
  readonly streaming?: boolean;
};

export type HttpAnswer = { readonly response: IncomingMessage; readonly status: number };

export type Transport = {
  /** Resolves when the headers are there. Rejects with the signal's reason, or with a KubeError of status 0. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Reads a whole body, at most `maxBodyBytes`. Rejects as `send` does. */
  read(request: HttpRequest, answer: HttpAnswer, signal: AbortSignal): Promise<string>;
  close(): void;
};

// 32 patches in flight, and as many reads, dry runs and Events beside them. More would only queue in the API server.
const maxSockets = 64;
// The API server closes a connection that was idle for 90 s; we do it before, so that no request meets that end.
const idleSocketMilliseconds = 60_000;
// With Node's ten probes, one a second, a peer that vanished without a word is noticed within about 25 s.
const keepAliveProbeMilliseconds = 15_000;
// 500 objects (a page) of 128 KiB each: far above any real page, far below what would end the process.
const maxBodyBytes = 64 * 1024 * 1024;

export function createTransport(connection: Connection): Transport {
  const { server, tls } = connection;
  if (server.protocol !== 'https:')
    throw new Error(`the API server ${server.origin} is not spoken to over https`);
  const common = {
    keepAlive: true,
    keepAliveMsecs: keepAliveProbeMilliseconds,
    rejectUnauthorized: tls.insecure !== true,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
  // Watches hold their connection for minutes: in one pool with the rest, many namespaces would leave none for writes.
  const agents = {
    short: new Agent({ ...common, maxSockets, timeout: idleSocketMilliseconds }),
    streaming: new Agent({ ...common }),
  };
  const target = {
    host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: server.port === '' ? 443 : Number(server.port),
    prefix: server.pathname.replace(/\/$/, ''),
  };

  return {
    async send(request, signal) {
      const first = await attempt(request, signal);
      if (first.kind === 'answered') return first;
      // The server closed an idle connection in the moment we used it. Only a read can be sent again without a thought.
      const second = request.method === 'GET' ? await attempt(request, signal) : first;
      if (second.kind === 'answered') return second;
      throw noAnswer(request, server, signal, second.error);
    },
    async read(request, { response }, signal) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      try {
        for await (const chunk of response) {
          if (!Buffer.isBuffer(chunk)) continue;
          bytes += chunk.length;
          if (bytes > maxBodyBytes) break;
          chunks.push(chunk);
        }
      } catch (error) {
        throw noAnswer(request, server, signal, error);
      }
      if (bytes > maxBodyBytes) throw tooLarge(request);
      return Buffer.concat(chunks).toString('utf8');
    },
    close() {
      agents.short.destroy();
      agents.streaming.destroy();
    },
  };

  async function attempt(request: HttpRequest, signal: AbortSignal): Promise<Attempt> {
    const credentials = await connection.headers().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'the credentials cannot be read';
      throw new KubeError(
        why,
        { status: 0, reason: 'NoCredentials', request: request.description },
        { cause: error },
      );
    });
    signal.throwIfAborted();
    const result = Promise.withResolvers<Attempt>();
    const outgoing = httpsRequest({
      agent: request.streaming === true ? agents.streaming : agents.short,
      host: target.host,
      port: target.port,
      method: request.method,
      path: target.prefix + request.path,
      headers: { ...request.headers, ...credentials },
      signal,
    });
    outgoing.once('response', (response) =>
      result.resolve({ kind: 'answered', response, status: response.statusCode ?? 0 }),
    );
    // Stays for the life of the request: an error after the answer began is seen by whoever reads the body.
    outgoing.on('error', (error) => {
      const stale = outgoing.reusedSocket && resetCodes.includes(errorCode(error)) && !signal.aborted;
      if (stale) result.resolve({ kind: 'stale', error });
      else result.reject(noAnswer(request, server, signal, error));
    });
    outgoing.end(request.body);
    return await result.promise;
  }
}

type Attempt =
  | (HttpAnswer & { readonly kind: 'answered' })
  /** The connection was an old one and ended before anything came back. */
  | { readonly kind: 'stale'; readonly error: Error };

const resetCodes: readonly string[] = ['ECONNRESET', 'EPIPE'];

/** What a caller gets when no whole answer came: the reason of its own signal, or a KubeError that says why. */
export function noAnswer(request: HttpRequest, server: URL, signal: AbortSignal, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  const code = errorCode(error);
  const why = error instanceof Error ? error.message : code;
  return new KubeError(
    `no answer from the API server ${server.origin}: ${why}`,
    { status: 0, reason: code, request: request.description },
    { cause: error },
  );
}

function tooLarge(request: HttpRequest): KubeError {
  return new KubeError(`the answer is larger than ${maxBodyBytes / 1024 / 1024} MiB`, {
    status: 0,
    reason: 'AnswerTooLarge',
    request: request.description,
  });
}

function errorCode(error: unknown): string {
  return isRecord(error) && typeof error.code === 'string' ? error.code : 'NetworkError';
}
