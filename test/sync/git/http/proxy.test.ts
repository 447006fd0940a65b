// Through a proxy: in a tunnel, by absolute address, with a login, and what its failures are told as.
import { createServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateLeaf, type KeyPair } from '../../../../certs/generate.ts';
import { type ForwardProxy, startForwardProxy } from '../../../../local/git-server/forward-proxy.ts';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import type { Credential } from '../../../../src/sync/credentials/credential.ts';
import { proxyFromEnvironment } from '../../../../src/sync/git/http/proxy-environment.ts';
import {
  failureOf,
  listen,
  look,
  nobody,
  type Opened,
  type OpenOptions,
  openTransport,
  serveSockets,
} from './harness.ts';

const login = { username: 'proxy-user', password: 'planted/proxy+password' };
const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;

let authority: KeyPair;
let plain: GitServer;
let secure: GitServer;
let open: ForwardProxy;
let closed: ForwardProxy;
let overTls: ForwardProxy;

beforeAll(async () => {
  authority = await generateAuthority('the authority of the proxy');
  plain = await startGitServer();
  secure = await startGitServer({ tls: true });
  open = await startForwardProxy();
  closed = await startForwardProxy({ credentials: login });
  overTls = await startForwardProxy({
    credentials: login,
    tls: await generateLeaf(authority, ['127.0.0.1']),
  });
});

afterAll(async () => {
  for (const each of [open, closed, overTls, plain, secure]) await each.stop();
});

const through = (server: GitServer, proxy: Credential['proxy'], limits: OpenOptions['limits'] = {}): Opened =>
  openTransport(server.repository('proxied').url, {
    proxy,
    limits,
    tls: { ca: server.caCertificate, client: undefined },
  });

const proxyAt = ({ url }: { readonly url: string }, header?: string, ca?: string): Credential['proxy'] => ({
  url: new URL(url),
  authorization: header,
  ...(ca === undefined ? {} : { ca }),
});

describe.each<[string, () => GitServer, (proxy: ForwardProxy) => number]>([
  ['HTTPS, in a tunnel', () => secure, (proxy) => proxy.tunnels()],
  ['HTTP, by absolute address', () => plain, (proxy) => proxy.requests()],
])('%s', (name, server, passed) => {
  test.each<[string, () => [ForwardProxy, Credential['proxy']]]>([
    ['without a login', () => [open, proxyAt(open)]],
    ['with one', () => [closed, proxyAt(closed, authorization)]],
    ['over TLS', () => [overTls, proxyAt(overTls, authorization, authority.certificate)]],
  ])('a look through a proxy %s', async (_, of) => {
    const [proxy, at] = of();
    const commit = await server().repository('proxied').commit({ a: '1' });
    const before = passed(proxy);
    const transport = through(server(), at);
    expect(await look(transport)).toContain(commit);
    expect(await look(transport)).toContain(commit);
    // A tunnel is kept.
    expect(passed(proxy) - before).toBe(name.startsWith('HTTPS') ? 1 : 3);
    expect(proxy.connections()).toBeGreaterThan(0);
    transport.close();
    await nobody(proxy.connections);
  });

  test('a proxy of the environment, with its login', async () => {
    const commit = await server().repository('proxied').commit({ a: '1' });
    const { url } = server().repository('proxied');
    const address = parseRepositoryAddress(url);
    if (address === undefined) throw new Error(`${url} is no address`);
    const named = closed.url.replace('://', `://${login.username}:${encodeURIComponent(login.password)}@`);
    const environment = { HTTPS_PROXY: named, HTTP_PROXY: named };
    const transport = through(server(), proxyFromEnvironment(environment, address));
    expect(await look(transport)).toContain(commit);
    transport.close();
    const past = proxyFromEnvironment({ ...environment, NO_PROXY: '127.0.0.0/8' }, address);
    expect(past).toBeUndefined();
  });

  test.each<[string, string | undefined]>([
    ['missing', undefined],
    ['wrong', `Basic ${Buffer.from('proxy-user:wrong-one').toString('base64')}`],
  ])('a login for the proxy that is %s', async (_, header) => {
    const transport = through(server(), proxyAt(closed, header));
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({ class: 'person', reason: 'AuthenticationFailed', about: 'proxy' });
    expect(failure.message).toMatch(/^the proxy http:\/\/127\.0\.0\.1:\d+ refused .*HTTP 407/);
    expect(JSON.stringify(failure)).not.toMatch(/Basic|wrong-one|proxy-user|words of the proxy/);
    transport.close();
    await nobody(closed.connections);
  });

  test('a proxy that nobody serves is told as the proxy', async () => {
    const transport = through(server(), { url: new URL('http://127.0.0.1:9'), authorization });
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({ class: 'retry', reason: 'Unreachable', about: 'proxy' });
    expect(failure.message).toMatch(/the proxy http:\/\/127\.0\.0\.1:9 cannot be reached: nothing listens/);
    transport.close();
  });

  test('a proxy that DNS does not know', async () => {
    const transport = through(server(), { url: new URL('http://proxy.invalid:1'), authorization: undefined });
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({ reason: 'Unreachable', about: 'proxy' });
    expect(failure.message).toMatch(/the proxy http:\/\/proxy\.invalid:1 .*DNS/);
    transport.close();
  });

  test('a proxy over TLS whose authority is not known', async () => {
    const transport = through(server(), proxyAt(overTls, authorization));
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({ class: 'person', reason: 'NotTrusted', about: 'proxy' });
    expect(failure.message).toMatch(
      /the proxy https:.* cannot be trusted: .*not signed by a known authority/,
    );
    transport.close();
  });

  test('the authority of the repository does not speak for the proxy', async () => {
    const transport = openTransport(server().repository('proxied').url, {
      proxy: proxyAt(overTls, authorization),
      tls: { ca: authority.certificate, client: undefined },
    });
    expect(await failureOf(look(transport))).toMatchObject({ reason: 'NotTrusted', about: 'proxy' });
    transport.close();
  });

  test('a proxy that hangs up', async () => {
    await using proxy = await serveSockets((socket) => void socket.once('data', () => socket.destroy()));
    const transport = through(server(), proxyAt(proxy));
    expect(await failureOf(look(transport))).toMatchObject({ class: 'retry', reason: 'Unreachable' });
    transport.close();
    await nobody(proxy.sockets);
  });
});

describe('a proxy without an answer', () => {
  test('to the wish for a tunnel ends with the deadline of the connection', async () => {
    open.set('silence');
    try {
      const transport = through(secure, proxyAt(open), { connectMilliseconds: 300 });
      const failure = await failureOf(look(transport));
      expect(failure).toMatchObject({ class: 'retry', about: 'proxy' });
      expect(failure.message).toMatch(/the proxy http:\/\/127\.0\.0\.1/);
      await nobody(open.connections);
      transport.close();
    } finally {
      open.set(undefined);
    }
  });

  test('is let go after the same time when the request was given up', async () => {
    open.set('silence');
    try {
      const transport = through(secure, proxyAt(open), { connectMilliseconds: 1_000 });
      const stop = new AbortController();
      const looking = look(transport, stop.signal);
      while (open.connections() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort(new Error('stopped'));
      await expect(looking).rejects.toThrow('stopped');
      await nobody(open.connections);
      open.set(undefined);
      await expect(look(transport)).resolves.toBeTypeOf('string');
      transport.close();
    } finally {
      open.set(undefined);
    }
  });

  test('is let go when its transport is closed', async () => {
    open.set('silence');
    try {
      const transport = through(secure, proxyAt(open));
      const looking = failureOf(look(transport));
      while (open.connections() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      transport.close();
      await nobody(open.connections);
      expect(await looking).toMatchObject({ class: 'retry' });
    } finally {
      open.set(undefined);
    }
  });

  test('behind a tunnel that leads to silence ends with the same deadline', async () => {
    await using mute = await serveSockets(() => {});
    const transport = openTransport(`${mute.url.replace('http:', 'https:')}/x.git`, {
      proxy: proxyAt(open),
      limits: { connectMilliseconds: 500 },
    });
    expect(await failureOf(look(transport))).toMatchObject({ reason: 'Timeout', class: 'retry' });
    await nobody(mute.sockets);
    transport.close();
    await nobody(open.connections);
  });
});

test.each<[number, object, RegExp]>([
  [403, { class: 'person', reason: 'ProxyRefused', about: 'proxy' }, /does not let through .*HTTP 403/],
  [405, { class: 'person', reason: 'ProxyRefused', about: 'proxy' }, /does not let through .*HTTP 405/],
  [502, { class: 'retry', reason: 'Unreachable', about: 'proxy' }, /opened no way there \(HTTP 502\)/],
  [503, { class: 'retry', reason: 'Unreachable', about: 'proxy' }, /opened no way there \(HTTP 503\)/],
])('a tunnel that is refused with %d', async (status, expected, message) => {
  open.set(status);
  try {
    const transport = through(secure, proxyAt(open));
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject(expected);
    expect(failure.message).toMatch(message);
    await nobody(open.connections);
    transport.close();
  } finally {
    open.set(undefined);
  }
});

test('a status that the proxy or the server gave names both', async () => {
  open.set(502);
  try {
    const transport = through(plain, proxyAt(open));
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({ class: 'retry', reason: 'ServerError' });
    expect(failure.message).toMatch(/proxied\.git failed \(HTTP 502\).*came through the proxy http/);
    transport.close();
  } finally {
    open.set(undefined);
  }
});

test('a server that the proxy does not reach', async () => {
  const transport = openTransport('https://127.0.0.1:9/x.git', { proxy: proxyAt(open) });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ class: 'retry', reason: 'Unreachable', about: 'proxy' });
  expect(failure.message).toMatch(/opened no way there \(HTTP 502\)/);
  transport.close();
});

test('the header for the proxy is not for the server behind a tunnel', async () => {
  const seen: string[] = [];
  const leaf = await generateLeaf(authority, ['127.0.0.1']);
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (request, response) => {
    seen.push(request.rawHeaders.join(' ').toLowerCase());
    response.end('000eversion 2\n0000');
  });
  await using serving = await listen(server, () => seen.length, 'https');
  const transport = openTransport(`${serving.url}/x.git`, {
    proxy: proxyAt(closed, authorization),
    tls: { ca: authority.certificate, client: undefined },
  });
  await look(transport);
  expect(seen.length).toBe(2);
  expect(seen.join()).not.toMatch(/proxy-authorization/);
  transport.close();
});
