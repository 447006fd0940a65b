// One request to GitHub's API and its answer, over TLS, the way that the credential says, within a time and a size.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { parseRepositoryAddress } from '../../../api/repository-url.ts';
import { parseJson } from '../../../lib/json.ts';
import { networkFailure } from '../../git/http/network-failure.ts';
import { createRoute } from '../../git/http/route.ts';
import { prepareTls } from '../../git/http/tls-material.ts';
import { defaultGitLimits } from '../../git/limits.ts';
import { pausableDeadline } from '../../git/pausable-deadline.ts';
import { SourceError } from '../../git/source-error.ts';
import type { Credential } from '../credential.ts';

export type ApiAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
};

export type ApiRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};

export type ApiWay = Pick<Credential, 'tls' | 'proxy'>;

// It is the answer of a database, not of a Git server that packs.
const deadlineMilliseconds = 30_000;
// An installation is a few KB; its list of repositories is not asked for.
const maxBytes = 256 * 1024;

/** Rejects with a SourceError, or with the signal's reason. Leaves no connection behind: it is needed once an hour. */
export async function askApi(asked: ApiRequest, way: ApiWay, signal: AbortSignal): Promise<ApiAnswer> {
  const shown = asked.url.origin;
  const address = parseRepositoryAddress(asked.url.href);
  const prepared = prepareTls(way.tls, shown);
  if (prepared.kind === 'failed') throw new SourceError(prepared);
  if (address === undefined) throw new RangeError('the address of the API is none');
  const limits = defaultGitLimits;
  const route = createRoute({ address, proxy: way.proxy, context: prepared.context, limits });
  using deadline = pausableDeadline(signal, deadlineMilliseconds);
  const course: { phase: 'connect' | 'head' | 'body' } = { phase: 'connect' };
  try {
    const outgoing = request({
      ...route.target(asked.url),
      agent: route.agent,
      method: asked.method,
      headers: { ...asked.headers, ...(asked.method === 'POST' ? { 'content-length': '0' } : {}) },
      signal: deadline.signal,
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        course.phase = 'head';
      });
    });
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.once('close', () => reject(new Error('closed without an answer')));
    outgoing.end();
    const incoming = await promise;
    course.phase = 'body';
    const text = await textOf(incoming, shown);
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: parseJson(text) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceError) throw error;
    if (deadline.expired()) throw tooSlow(shown);
    const { phase } = course;
    const failure = networkFailure(error, { shown, written: 'githubAppBaseURL', route, tls: way.tls, phase });
    // It says nothing of the Git host, which may well be up.
    throw new SourceError({ about: 'login', ...failure });
  } finally {
    route.close();
  }
}

async function textOf(incoming: AsyncIterable<unknown>, shown: string): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new SourceError({
        class: 'retry',
        reason: 'ServerError',
        about: 'login',
        message: `${shown} answered more than ${maxBytes} bytes, which GitHub's API does not: check githubAppBaseURL`,
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function tooSlow(shown: string): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'Timeout',
    about: 'login',
    message: `${shown} did not answer within ${deadlineMilliseconds / 1000} s, so there is no token of the GitHub App: look at GitHub and the network; it is asked again by itself`,
  });
}
