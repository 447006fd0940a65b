// git-upload-pack over HTTP and HTTPS. Of a server is remembered what it can do and where its repository is, so that most
// conversations are one request.
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { Authorizer, Credential, TlsMaterial } from '../../credentials/credential.ts';
import type { GitLimits } from '../limits.ts';
import { SourceError } from '../source-error.ts';
import { AnswerTooLong, type Conversation, type Greeting, type Transport } from '../transport.ts';
import { createHttpClient } from './client.ts';
import { noGit } from './no-git.ts';
import { readGreeting } from './read-greeting.ts';
import { createRoute } from './route.ts';
import { prepareTls } from './tls-material.ts';

export type HttpTransportOptions = {
  readonly address: RepositoryAddress;
  readonly tls: TlsMaterial;
  readonly proxy: Credential['proxy'];
  readonly authorizer: Authorizer;
  readonly userAgent: string;
  readonly limits: GitLimits;
  readonly now: () => number;
  /** Told the size of each piece that was received. */
  readonly onBytes: (bytes: number) => void;
};

// A server learns something new when it is restarted, which most often ends a request, and that makes it be asked again.
// This is for the others, whose settings were changed while they ran: one small request in an hour.
const greetingMilliseconds = 3_600_000;

/** What is wrong with the material is told by the first request. */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const shown = options.address.text;
  const original = `${options.address.scheme}://${options.address.host}${options.address.path}`;
  const tls = prepareTls(options.tls, shown);
  const route = createRoute({ ...options, context: tls.kind === 'ok' ? tls.context : undefined });
  const client = createHttpClient({ ...options, shown, route });
  let base = original;
  let known: { readonly greeting: Greeting; readonly at: number } | undefined;

  const forget = (): void => {
    base = original;
    known = undefined;
  };

  const greet = async (signal: AbortSignal): Promise<Greeting> => {
    if (known !== undefined && options.now() - known.at < greetingMilliseconds) return known.greeting;
    const answer = await client.send(
      {
        method: 'GET',
        url: new URL(`${base}${listing}`),
        headers: { accept: '*/*', ...version2 },
        body: new Uint8Array(),
      },
      signal,
    );
    const greeting = readGreeting(answer, shown);
    base = baseOf(answer.url) ?? base;
    // The list of refs of the older protocols is as old as the answer.
    known = greeting.protocol === 'v2' ? { greeting, at: options.now() } : undefined;
    return greeting;
  };

  const send = async (
    { protocol }: Greeting,
    ...[{ body, ...reading }, signal]: Parameters<Conversation['send']>
  ): Promise<Buffer> => {
    try {
      const answer = await client.send(
        {
          method: 'POST',
          url: new URL(`${base}/git-upload-pack`),
          headers: {
            accept: 'application/x-git-upload-pack-result',
            'content-type': 'application/x-git-upload-pack-request',
            ...(protocol === 'v2' ? version2 : {}),
          },
          body,
          ...reading,
        },
        signal,
      );
      if (answer.body.length === 0 || answer.contentType.startsWith('text/html')) throw noGit(shown, answer);
      return answer.body;
    } catch (error) {
      // Whatever was wrong, the server may be another one by now; a size says nothing of the kind.
      const isOfSize = error instanceof SourceError && error.failure.reason === 'TooLarge';
      if (!(isOfSize || error instanceof AnswerTooLong || signal.aborted)) forget();
      throw error;
    }
  };

  return {
    async open(protocol, signal) {
      signal.throwIfAborted();
      if (tls.kind === 'failed') throw new SourceError(tls);
      const greeting: Greeting = protocol === 'v2' ? await greet(signal) : { protocol: 'v0', lines: [] };
      return { greeting, send: (...args) => send(greeting, ...args), end() {} };
    },
    forget,
    close: route.close,
  };
}

const listing = '/info/refs?service=git-upload-pack';
const version2 = { 'git-protocol': 'version=2' };

// Some servers redirect the list and nothing else, such as from a name without .git to the one with it; git, too, goes
// on from where it was led.
function baseOf(url: URL): string | undefined {
  return url.href.endsWith(listing) ? url.href.slice(0, -listing.length) : undefined;
}
