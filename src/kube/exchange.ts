// A call to the API server and its answer: headers, deadline, patience when it is throttled, metrics, refusals.

import type { Clock } from '../lib/clock.ts';
import { runWithDeadline } from '../lib/deadline.ts';
import { parseJson } from '../lib/json.ts';
import type { Connection } from './api.ts';
import { isKubeStatus, KubeError } from './kube-error.ts';
import { refusal } from './refusal.ts';
import { createTransport, type HttpAnswer, type HttpRequest, noAnswer } from './transport.ts';

/** One answered or failed request; `status` is 0 when no answer came. A watch is over when its headers are there. */
export type FinishedRequest = { verb: string; resource: string; status: number; milliseconds: number };

export type ExchangeOptions = {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onRequest?: (request: FinishedRequest) => void;
  /** For each request, a page of a list, or the headers of a watch. Default 30 s. */
  readonly deadlineMilliseconds?: number;
};

export type Call = {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  readonly plural: string;
  /** `deployments prod/api`, for errors. */
  readonly object: string;
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: object;
  readonly signal: AbortSignal;
};

export type Exchange = {
  /** The JSON of a success. Rejects with the reason of the call's signal, or with a KubeError. */
  json(call: Call): Promise<unknown>;
  /** The body of a success while it comes; give it up to close the connection. Rejects as `json` does. */
  stream(call: Call): AsyncGenerator<unknown>;
  close(): void;
};

// The API server itself gives up after 60 s; who waits longer than 30 s is better served by trying again.
const defaultDeadlineMilliseconds = 30_000;
// It asks for 1 s at a time; after these it is overloaded for longer, and the caller's own backoff decides.
const maxThrottledRetries = 5;

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
} as const;

export function createExchange(connection: Connection, options: ExchangeOptions): Exchange {
  const { clock } = options;
  const milliseconds = options.deadlineMilliseconds ?? defaultDeadlineMilliseconds;
  const transport = createTransport(connection);

  return {
    async json(call) {
      const request = requestOf(call);
      const deadline = { clock, signal: call.signal, milliseconds, timeoutReason: () => timeout(request) };
      return await runWithDeadline(deadline, async (signal) => {
        for (let retries = 0; ; retries += 1) {
          const answer = await timed(call, () => transport.send(request, signal));
          const body = await transport.read(request, answer, signal);
          if (isSuccess(answer)) return parseBody(request, body);
          const error = refused(call, request, answer, body);
          const wait = error.details.retryAfterMilliseconds;
          // Throttled requests were not looked at, so that sending them again is safe for every verb.
          if (!isKubeStatus(error, 429) || wait === undefined || wait >= milliseconds) throw error;
          if (retries === maxThrottledRetries) throw error;
          await clock.sleep(wait * (1 + clock.random() / 4), signal);
        }
      });
    },

    async *stream(call) {
      const request = requestOf(call);
      const ending = new AbortController();
      const forward = (): void => ending.abort(call.signal.reason);
      call.signal.throwIfAborted();
      call.signal.addEventListener('abort', forward, { once: true });
      try {
        const answer = await opened(call, request, ending);
        // Leaving this loop early destroys the response, and with it the connection.
        for await (const chunk of answer.response) yield chunk;
      } catch (error) {
        throw error instanceof KubeError ? error : noAnswer(request, connection.server, ending.signal, error);
      } finally {
        call.signal.removeEventListener('abort', forward);
      }
    },

    close: () => transport.close(),
  };

  /** The deadline is for the headers alone. */
  async function opened(call: Call, request: HttpRequest, ending: AbortController): Promise<HttpAnswer> {
    const answering = new AbortController();
    clock.sleep(milliseconds, answering.signal).then(
      () => ending.abort(timeout(request)),
      () => {}, // the headers came in time
    );
    try {
      const answer = await timed(call, () => transport.send(request, ending.signal));
      if (isSuccess(answer)) return answer;
      throw refused(call, request, answer, await transport.read(request, answer, ending.signal));
    } finally {
      answering.abort();
    }
  }

  async function timed(call: Call, send: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const start = clock.monotonic();
    let status = 0;
    try {
      const answer = await send();
      status = answer.status;
      return answer;
    } finally {
      const spent = clock.monotonic() - start;
      options.onRequest?.({ verb: call.verb, resource: call.plural, status, milliseconds: spent });
    }
  }

  function requestOf(call: Call): HttpRequest {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const type = call.contentType === undefined ? {} : { 'content-type': call.contentType };
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return {
      description: `${methods[call.verb]} ${call.object}`,
      method: methods[call.verb],
      path: call.path,
      headers: {
        accept: call.accept ?? 'application/json',
        'user-agent': options.userAgent,
        ...type,
        ...length,
      },
      body,
      streaming: call.verb === 'watch',
    };
  }

  function timeout(request: HttpRequest): KubeError {
    return new KubeError(
      `no answer from the API server ${connection.server.origin} within ${milliseconds} ms`,
      {
        status: 0,
        reason: 'Timeout',
        request: request.description,
      },
    );
  }
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function refused(call: Call, request: HttpRequest, answer: HttpAnswer, body: string): KubeError {
  const { headers } = answer.response;
  return refusal({ request: request.description, plural: call.plural, status: answer.status, headers, body });
}

function parseBody(request: HttpRequest, body: string): unknown {
  const parsed = parseJson(body);
  if (parsed !== undefined) return parsed;
  throw new KubeError('the answer is not JSON; is this the address of an API server?', {
    status: 0,
    reason: 'NotJson',
    request: request.description,
  });
}
