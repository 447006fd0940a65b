// A token of a GitHub App on its way to a Git server: one that was taken back is renewed once, and a server that takes none
// is told as such.
import { createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateAuthority, generateLeaf } from '../../../../certs/generate.ts';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createAuthorizers } from '../../../../src/sync/credentials/authorizers.ts';
import { createHttpTransport } from '../../../../src/sync/git/http/transport.ts';
import { defaultGitLimits } from '../../../../src/sync/git/limits.ts';
import { SourceError } from '../../../../src/sync/git/source-error.ts';
import { type GitHubApi, startGitHubApi } from '../../../support/github-api.ts';
import { leaks, newAppKey } from '../material.ts';

const stack = new AsyncDisposableStack();
const privateKey = newAppKey();
const takenBack = new Set<string>();
let takesNone = false;
let asked = 0;
let api: GitHubApi;
let git: string;
let ca: string;

beforeAll(async () => {
  const authority = await generateAuthority('GitHub');
  ca = authority.certificate;
  const { certificate, key } = await generateLeaf(authority, ['127.0.0.1']);
  api = await startGitHubApi({
    certificate,
    key,
    appId: '1',
    publicKey: createPublicKey(privateKey),
    now: Date.now,
    installations: [{ id: 1, owner: 'team', type: 'orgs' }],
  });
  stack.defer(() => api.stop());
  const server = createServer({ cert: certificate, key }, (request, response) => {
    asked += 1;
    const [, token = ''] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':');
    const isGood = api.tokens.includes(token) && !takenBack.has(token) && !takesNone;
    if (!isGood) return response.writeHead(401).end('words of the server');
    response.end('001e# service=git-upload-pack\n0000000eversion 2\n0000');
  });
  git = await listen(server);
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
});
afterAll(() => stack.disposeAsync());

test('a token that was taken back is renewed once; a server that takes none is told as such', async () => {
  const address = parseRepositoryAddress(`${git}/team/config.git`);
  if (address === undefined) throw new Error('no address');
  const tls = { ca, client: undefined };
  const app = { appId: '1', installation: { id: '1' }, privateKey, apiUrl: `${api.url}/api/v3` };
  const authorizers = createAuthorizers({ clock: systemClock, userAgent: 'confroll-test' });
  const transport = createHttpTransport({
    address,
    tls,
    proxy: undefined,
    authorizer: authorizers.of({ kind: 'githubApp', app }, { tls, proxy: undefined }),
    userAgent: 'git/2.0 (confroll-test)',
    limits: defaultGitLimits,
    now: Date.now,
    onBytes: () => {},
  });
  stack.defer(() => transport.close());
  const signal = AbortSignal.timeout(30_000);
  const greet = async (): Promise<string> => {
    transport.forget();
    return (await transport.open('v2', signal)).greeting.protocol;
  };

  expect(await greet()).toBe('v2');
  expect([asked, api.tokens.length]).toEqual([1, 1]);
  for (const token of api.tokens) takenBack.add(token);
  expect(await greet()).toBe('v2');
  expect([asked, api.tokens.length]).toEqual([3, 2]);

  takesNone = true;
  const error: unknown = await greet().catch((reason: unknown) => reason);
  if (!(error instanceof SourceError)) throw error;
  expect(error.failure).toEqual({
    kind: 'failed',
    class: 'person',
    reason: 'AuthenticationFailed',
    about: 'login',
    message: `${git}/team/config.git refused a token that was made just now, too (HTTP 401): check that the GitHub App is installed on this repository and may read its contents`,
  });
  expect([asked, api.tokens.length]).toEqual([5, 3]);
  const tokens = Object.fromEntries(api.tokens.map((token) => [token, token]));
  expect(leaks(`${error.stack}`, { ...tokens, privateKey, said: 'words of the server' })).toEqual([]);
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return `https://127.0.0.1:${bound.port}`;
}
