// One request to the API of a Git host that writes a commit status, within a time and a size.
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { parseRepositoryAddress } from '../../api/repository-url.ts';
import { isRecord, parseJson } from '../../lib/json.ts';
import type { ApiWay } from '../credentials/github/ask-api.ts';
import { networkFailure } from '../git/http/network-failure.ts';
import { retryAfter } from '../git/http/retry-after.ts';
import { createRoute } from '../git/http/route.ts';
import { prepareTls } from '../git/http/tls-material.ts';
import { defaultGitLimits } from '../git/limits.ts';
import { pausableDeadline } from '../git/pausable-deadline.ts';
import { SourceError } from '../git/source-error.ts';
import type { StatusRequest } from './status-request.ts';

// The answer of a database; nobody waits for it.
const deadlineMilliseconds = 30_000;
// An answer repeats the status; of a longer one nothing is needed.
const maxBytes = 256 * 1024;

/** Rejects with a SourceError, or with the signal's reason. Leaves no connection behind. `now`: since 1970. */
export async function postStatus(
  asked: StatusRequest,
  way: ApiWay,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  const shown = asked.url.origin;
  const address = parseRepositoryAddress(asked.url.href);
  const prepared = prepareTls(way.tls, shown);
  if (prepared.kind === 'failed') throw new SourceError(prepared);
  if (address === undefined) throw new RangeError('the address of the API is none');
  const route = createRoute({
    address,
    proxy: way.proxy,
    context: prepared.context,
    limits: defaultGitLimits,
  });
  using deadline = pausableDeadline(signal, deadlineMilliseconds);
  try {
    const target = route.target(asked.url);
    const request = route.isSecure ? requestTls : requestPlain;
    const outgoing = request({
      ...target,
      agent: route.agent,
      method: 'POST',
      headers: {
        ...target.headers,
        ...asked.headers,
        'user-agent': 'confroll',
        'content-length': String(Buffer.byteLength(asked.body)),
      },
      signal: deadline.signal,
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(new Error('closed without an answer')));
    outgoing.end(asked.body);
    const incoming = await promise;
    const body = parseJson(await textOf(incoming));
    const status = incoming.statusCode ?? 0;
    if (!isDone(status, body)) {
      throw refused(status, shown, retryAfter(incoming.headers['retry-after'], now()));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceError) throw error;
    if (deadline.expired())
      throw failed('retry', `${shown} did not answer within ${deadlineMilliseconds / 1000} s`);
    const written = 'spec.commitStatus.apiUrl';
    throw new SourceError(networkFailure(error, { shown, written, route, tls: way.tls, phase: 'head' }));
  } finally {
    route.close();
  }
}

// GitLab refuses a status that is there already.
function isDone(status: number, body: unknown): boolean {
  const message = isRecord(body) ? JSON.stringify(body.message ?? '') : '';
  return (status >= 200 && status < 300) || (status === 400 && message.includes('Cannot transition status'));
}

// The host's own words are not repeated: they may hold anything.
function refused(status: number, shown: string, wait: number | undefined): SourceError {
  const why = `${shown} did not take the commit status (HTTP ${status})`;
  if (status === 429 || status === 408 || status >= 500 || (status === 403 && wait !== undefined)) {
    return failed('retry', `${why}; it is tried again by itself`, wait);
  }
  const advice =
    status === 401 || status === 403
      ? 'give it a token that may write commit statuses: repo:status or "Commit statuses: write" at GitHub, api at GitLab, write:repository at Gitea'
      : 'check spec.commitStatus.provider and apiUrl, and that the token may see the repository and write commit statuses';
  return failed('person', `${why}: ${advice}`);
}

function failed(kind: 'retry' | 'person', message: string, wait?: number): SourceError {
  return new SourceError({
    class: kind,
    reason: kind === 'retry' ? 'ServerError' : 'AuthenticationFailed',
    message,
    ...(wait === undefined ? {} : { retryAfterMilliseconds: wait }),
  });
}

async function textOf(incoming: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > maxBytes) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
