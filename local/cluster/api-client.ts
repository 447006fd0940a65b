// The few requests that starting a cluster needs, and waiting for their answers.
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export type ApiCall = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object };

export type ApiClient = {
  /** Status code and body; rejects when the server cannot be reached. */
  send(call: ApiCall, signal: AbortSignal): Promise<{ status: number; body: string }>;
  /** Asks again until `isReady` says so; rejects with `what` in its words when the time is up. */
  waitFor(what: string, path: string, isReady: (body: string) => boolean, signal: AbortSignal): Promise<void>;
};

// Polling costs little on a socket of this machine, and a start is judged by its milliseconds.
const pollMilliseconds = 40;
// The slowest start seen took 15 s on a machine that compiled at the same time.
const deadlineMilliseconds = 120_000;
const requestMilliseconds = 10_000;

export function createApiClient(access: { server: string; ca: string; token: string }): ApiClient {
  const send: ApiClient['send'] = ({ method, path, body }, signal) =>
    new Promise((resolve, reject) => {
      const call = request(new URL(path, access.server), {
        method,
        signal,
        ca: access.ca,
        agent: false,
        timeout: requestMilliseconds,
        headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      });
      call.once('timeout', () => call.destroy(new Error(`no answer within ${requestMilliseconds} ms`)));
      call.once('error', reject);
      call.once('response', (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    send,
    async waitFor(what, path, isReady, signal) {
      const until = performance.now() + deadlineMilliseconds;
      let last = 'no answer yet';
      while (performance.now() < until) {
        try {
          const answer = await send({ method: 'GET', path }, signal);
          if (answer.status === 200 && isReady(answer.body)) return;
          last = `status ${answer.status}`;
        } catch (error) {
          last = error instanceof Error ? error.message : String(error);
        }
        await delay(pollMilliseconds, undefined, { signal });
      }
      throw new Error(`${what} took more than ${deadlineMilliseconds / 1000} s (last: ${last})`);
    },
  };
}
