// Serves AdmissionReview v1 over TLS, HTTP/1.1. Knows nothing of config: what is decided comes in as a function a path.
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { isRecord } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import {
  type Admission,
  type AdmissionRequest,
  admissionResponse,
  parseAdmissionReview,
  type Verdict,
} from './admission-review.ts';

export type AdmissionServerOptions = {
  /** By path, such as `/pods`. */
  readonly admissions: Readonly<Record<string, Admission>>;
  readonly log: Log;
  /** After each answer, also after one for a thrown error. */
  readonly onAnswer: (answer: {
    readonly path: string;
    readonly operation: string;
    readonly verdict: Verdict;
    readonly milliseconds: number;
  }) => void;
  readonly monotonic: () => number;
  /** True: every answer asks the client to come back on a new connection. */
  readonly draining: () => boolean;
  readonly timeouts?: Timeouts;
};

type Timeouts = {
  readonly keepAliveMilliseconds: number;
  readonly headersMilliseconds: number;
  readonly requestMilliseconds: number;
};

// Go's clients keep idle connections for 90 s: whoever closes first must not be us, or a request meets a closed one.
// A request is a few kilobytes from a machine nearby and is given up after 2 s; 40 s only end a client that hangs.
const usualTimeouts: Timeouts = {
  keepAliveMilliseconds: 90_000,
  headersMilliseconds: 32_000,
  requestMilliseconds: 40_000,
};

// Requests to an API server hold at most 3 MiB; a review holds the object twice, and something around it.
const maxBodyBytes = 7 * 1024 * 1024;

/** Not listening yet. Certificates come and go by `setSecureContext`. */
export function createAdmissionServer(
  certificate: { readonly certificate: string; readonly key: string },
  options: AdmissionServerOptions,
): Server {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_, response, next) => {
    if (options.draining()) response.set('Connection', 'close');
    next();
  });
  const body = express.json({ limit: maxBodyBytes, inflate: false, type: 'application/json' });
  for (const [path, admission] of Object.entries(options.admissions)) {
    app.post(path, requireJson, body, answer(path, admission, options));
  }
  app.use((_, response) => {
    response.status(404).type('text/plain').send('not found: AdmissionReviews are POSTed here\n');
  });
  app.use(refuseRequest);
  const timeouts = options.timeouts ?? usualTimeouts;
  return createServer(
    {
      cert: certificate.certificate,
      key: certificate.key,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: timeouts.keepAliveMilliseconds,
      headersTimeout: timeouts.headersMilliseconds,
      requestTimeout: timeouts.requestMilliseconds,
      connectionsCheckingInterval: Math.min(1_000, timeouts.headersMilliseconds),
    },
    app,
  );
}

/** Stops accepting, lets what is under way finish for a moment, then closes every connection. */
export async function closeServer(server: Server, graceMilliseconds: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
  await closed;
  clearTimeout(force);
}

const requireJson: RequestHandler = (request, response, next) => {
  // Before the body is read: a stranger's is never waited for.
  if (request.is('application/json') !== false) return next();
  response
    .status(415)
    .set('Connection', 'close')
    .type('text/plain')
    .send('expected content-type application/json\n');
};

function answer(path: string, admission: Admission, options: AdmissionServerOptions): RequestHandler {
  return async (httpRequest, httpResponse) => {
    const started = options.monotonic();
    const request = parseOr400(httpRequest.body);
    if (request instanceof Error) {
      httpResponse.status(400).type('text/plain').send(`${request.message}\n`);
      return;
    }
    const verdict = await admission(request).catch((error: unknown): Verdict => {
      const { uid, kind, namespace, name, operation } = request;
      options.log.error({ err: error, path, uid, kind, namespace, name, operation }, 'admission failed');
      return {
        kind: 'deny',
        code: 500,
        message: `confroll failed to handle ${kind} "${name}"; its log says why (request ${uid})`,
      };
    });
    httpResponse.json(admissionResponse(request.uid, verdict));
    if (verdict.kind === 'deny') {
      const { uid, kind, namespace, name, operation } = request;
      options.log.info({ path, uid, kind, namespace, name, operation, message: verdict.message }, 'denied');
    }
    const milliseconds = options.monotonic() - started;
    options.onAnswer({ path, operation: request.operation, verdict, milliseconds });
  };
}

function parseOr400(body: unknown): AdmissionRequest | Error {
  try {
    return parseAdmissionReview(body);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Bodies that cannot be read: too large, not JSON, cut off. The words never quote the body. */
const refuseRequest: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const status = isRecord(error) && typeof error.status === 'number' ? error.status : 500;
  const reasons: Record<number, string> = {
    400: 'the body is not JSON',
    413: `the body is larger than ${maxBodyBytes} bytes`,
    415: 'the body has an encoding that is not supported',
  };
  if (response.headersSent) return response.destroy();
  response
    .status(status)
    .set('Connection', 'close')
    .type('text/plain')
    .send(`${reasons[status] ?? 'the request failed'}\n`);
};
