// TLS over HTTP: what is trusted, who we are, and each way in which that fails, in words.
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateAuthority, generateClient, generateLeaf, type KeyPair } from '../../../../certs/generate.ts';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import type { TlsMaterial } from '../../../../src/sync/credentials/credential.ts';
import {
  failureOf,
  listen,
  look,
  nobody,
  openTransport,
  type Serving,
  serve,
  serveSockets,
} from './harness.ts';

const day = 86_400_000;
let authority: KeyPair;
let stranger: KeyPair;
let guarded: GitServer;

beforeAll(async () => {
  authority = await generateAuthority('an authority of its own');
  stranger = await generateAuthority('another authority');
  guarded = await startGitServer({
    tls: await generateLeaf(authority, ['127.0.0.1']),
    clientCa: authority.certificate,
  });
});

afterAll(() => guarded.stop());

const trusting = (client?: KeyPair): { tls: TlsMaterial } => ({
  tls: { ca: authority.certificate, client },
});

const serveTls = (options: ServerOptions): Promise<Serving> =>
  listen(
    createTlsServer(options, (_, response) => response.end('000eversion 2\n0000')),
    () => 0,
    'https',
  );

test('a client certificate is shown', async () => {
  const repository = guarded.repository('guarded');
  const commit = await repository.commit({ a: '1' });
  const transport = openTransport(repository.url, trusting(await generateClient(authority, 'confroll')));
  expect(await look(transport)).toContain(commit);
  transport.close();
});

test('a client certificate that is missing is told with where to put it', async () => {
  const transport = openTransport(guarded.repository('guarded').url, trusting());
  expect(await failureOf(look(transport))).toMatchObject({
    class: 'person',
    reason: 'NotTrusted',
    about: 'client',
    message: expect.stringMatching(/wants a client certificate.*tls\.crt and tls\.key.*certSecretRef/),
  });
  transport.close();
});

test('so is one that is missing in TLS 1.2, where the server does not say so', async () => {
  const { certificate: cert, key } = await generateLeaf(authority, ['127.0.0.1']);
  const wanted = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate } as const;
  await using server = await serveTls({ cert, key, ...wanted, maxVersion: 'TLSv1.2' });
  const transport = openTransport(`${server.url}/x.git`, trusting());
  expect(await failureOf(look(transport))).toMatchObject({
    class: 'person',
    about: 'client',
    message: expect.stringMatching(/broke the TLS handshake off.*client certificate/),
  });
  transport.close();
});

test('a client certificate at which the server hangs up may be the reason', async () => {
  const transport = openTransport(
    guarded.repository('guarded').url,
    trusting(await generateClient(stranger, 'confroll')),
  );
  expect(await failureOf(look(transport))).toMatchObject({
    class: 'retry',
    reason: 'Unreachable',
    about: 'client',
    message: expect.stringMatching(/may not accept the client certificate/),
  });
  transport.close();
});

test.each<[string, () => Promise<[KeyPair, string | undefined]>, object, RegExp]>([
  [
    'signed by nobody who is known',
    async () => [await generateLeaf(authority, ['127.0.0.1']), undefined],
    { about: 'ca' },
    /not signed by a well-known authority.*ca\.crt.*spec\.source\.certSecretRef/,
  ],
  [
    'signed by another authority than the given one',
    async () => [await generateLeaf(stranger, ['127.0.0.1']), authority.certificate],
    { about: 'ca' },
    /not signed by the authority that was given/,
  ],
  [
    'that has expired',
    async () => [
      await generateLeaf(authority, ['127.0.0.1'], { now: Date.now() - 60 * day }),
      authority.certificate,
    ],
    {},
    /has expired; renew it/,
  ],
  [
    'that is not valid yet',
    async () => [
      await generateLeaf(authority, ['127.0.0.1'], { now: Date.now() + 10 * day }),
      authority.certificate,
    ],
    {},
    /not valid yet; check the clocks/,
  ],
  [
    'for another name',
    async () => [await generateLeaf(authority, ['git.example.com']), authority.certificate],
    {},
    /for another host name/,
  ],
])('a certificate of the server %s', async (_, make, about, message) => {
  const [{ certificate: cert, key }, ca] = await make();
  await using server = await serveTls({ cert, key });
  const transport = openTransport(`${server.url}/x.git`, { tls: { ca, client: undefined } });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ class: 'person', reason: 'NotTrusted', ...about });
  expect(failure.message).toMatch(message);
  expect(failure.message).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/x\.git cannot be trusted: /);
  await nobody(server.sockets);
  transport.close();
});

test.each<[string, () => Promise<TlsMaterial>, object, RegExp]>([
  [
    'an authority that is no certificate',
    async () => ({ ca: 'secret words', client: undefined }),
    { about: 'ca' },
    /ca\.crt holds no certificate/,
  ],
  [
    'an authority that is broken',
    async () => ({
      ca: '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n',
      client: undefined,
    }),
    { about: 'ca' },
    /ca\.crt holds no certificate/,
  ],
  [
    'a key that is none',
    async () => {
      const client = await generateClient(authority, 'confroll');
      return { ca: undefined, client: { certificate: client.certificate, key: 'secret words' } };
    },
    { about: 'client' },
    /cannot be used \(ERR_OSSL_\w+\).*without a passphrase/,
  ],
  [
    'the key of another certificate',
    async () => {
      const [client, other] = [await generateClient(authority, 'a'), await generateClient(authority, 'b')];
      return { ca: undefined, client: { certificate: client.certificate, key: other.key } };
    },
    { about: 'client' },
    /do not belong together/,
  ],
])('%s fails before anything is asked', async (_, make, about, message) => {
  await using server = await serve(() => {});
  const transport = openTransport(`${server.url}/x.git`, { tls: await make() });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ class: 'person', reason: 'SecretInvalid', ...about });
  expect(failure.message).toMatch(message);
  expect(failure.message).not.toMatch(/secret words/);
  expect(server.requests()).toBe(0);
  transport.close();
});

test('a server without TLS is told as one', async () => {
  await using server = await serve(() => {});
  const transport = openTransport(`${server.url.replace('http:', 'https:')}/x.git`);
  expect(await failureOf(look(transport))).toMatchObject({
    reason: 'NotTrusted',
    message: expect.stringMatching(/does not speak TLS as expected.*port and scheme/),
  });
  transport.close();
});

test('a server with TLS that is asked without it is told as none of HTTP', async () => {
  await using server = await serveSockets((socket) => void socket.end(Buffer.from('15030300020246', 'hex')));
  const transport = openTransport(`${server.url}/x.git`);
  expect(await failureOf(look(transport))).toMatchObject({
    reason: 'ServerError',
    message: expect.stringMatching(/not HTTP \(HPE_\w+\): check port and scheme/),
  });
  transport.close();
});
