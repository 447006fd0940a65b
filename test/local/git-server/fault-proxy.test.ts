import { Agent, createServer as createHttpServer, request } from 'node:http';
import { get as getTls } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { generateAuthority, generateLeaf } from '../../../certs/generate.ts';
import type { FaultProxyOptions } from '../../../local/git-server/fault.ts';
import { type FaultProxy, startFaultProxy } from '../../../local/git-server/fault-proxy.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0;
};
const proxyTo = async (
  port: number,
  options: Omit<FaultProxyOptions, 'target'> = {},
): Promise<FaultProxy> => {
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port }, ...options });
  ends.push(() => proxy.stop());
  return proxy;
};
const body = 'x'.repeat(100_000);
const httpTarget = (): Promise<number> =>
  listen(
    createHttpServer((incoming, response) => {
      let received = 0;
      incoming.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      incoming.on('end', () => response.setHeader('received', received).end(body));
    }),
  );

// Keeps its connections open between requests, as a client with a pool does.
type Answer = { status: number; retryAfter: string | undefined; text: string; received: string };
const client = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(async () => agent.destroy());
  return (url: string, options: { timeout?: number; post?: Buffer } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const method = options.post ? 'POST' : 'GET';
      const outgoing = request(url, { agent, method, timeout: options.timeout ?? 30_000 }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('error', (error) => reject(Object.assign(error, { received: text.length })));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: response.headers['retry-after'],
            text,
            received: String(response.headers.received),
          }),
        );
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(options.post);
    });
};

describe('fault proxy before an HTTP server', () => {
  it('passes everything, over one connection', async () => {
    const proxy = await proxyTo(await httpTarget());
    const ask = client();
    expect((await ask(proxy.url)).text).toBe(body);
    const posted = await ask(`${proxy.url}/a`, { post: Buffer.alloc(5_000_000) });
    expect([posted.status, posted.received]).toEqual([200, '5000000']);
    expect([proxy.requests(), proxy.connections()]).toEqual([2, 1]);
  });

  it('refuses, and comes back at the same port', async () => {
    const proxy = await proxyTo(await httpTarget());
    const ask = client();
    await ask(proxy.url);
    await proxy.set({ kind: 'refuse' });
    await proxy.set({ kind: 'refuse' });
    await expect(client()(proxy.url)).rejects.toThrow('ECONNREFUSED');
    await proxy.set({ kind: 'pass' });
    expect((await client()(proxy.url)).status).toBe(200);
  });

  it('never answers, on old and new connections, and lets new ones pass afterwards', async () => {
    const proxy = await proxyTo(await httpTarget());
    const old = client();
    await old(proxy.url);
    await proxy.set({ kind: 'hang' });
    await expect(old(proxy.url, { timeout: 300 })).rejects.toThrow('no answer in time');
    await expect(client()(proxy.url, { timeout: 300 })).rejects.toThrow('no answer in time');
    const socket = connect(proxy.port, proxy.host);
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
    await proxy.set({ kind: 'pass' });
    expect((await client()(proxy.url)).status).toBe(200);
    expect(socket.destroyed).toBe(false);
    proxy.dropConnections();
    await closed;
  });

  it('answers with a status, on a connection that passed before, whatever the size of the request', async () => {
    const proxy = await proxyTo(await httpTarget());
    const ask = client();
    await ask(proxy.url);
    await proxy.set({ kind: 'status', status: 503, retryAfter: 7, body: 'later' });
    const answer = await ask(proxy.url, { post: Buffer.alloc(3_000_000) });
    expect(answer).toMatchObject({ status: 503, retryAfter: '7', text: 'later' });
    expect(await ask(proxy.url)).toMatchObject({ status: 503 });
    await proxy.set({ kind: 'pass' });
    expect(await ask(proxy.url)).toMatchObject({ status: 200 });
  });

  it.each([0, 1, 1000, 70_000])('cuts after %i bytes of the body', async (afterBytes) => {
    const proxy = await proxyTo(await httpTarget());
    const ask = client();
    await ask(proxy.url);
    await proxy.set({ kind: 'cut', afterBytes });
    await expect(ask(proxy.url)).rejects.toMatchObject({ received: afterBytes });
    await proxy.set({ kind: 'pass' });
    expect((await ask(proxy.url)).text).toBe(body);
  });

  it('leaves a shorter body whole', async () => {
    const proxy = await proxyTo(await httpTarget());
    await proxy.set({ kind: 'cut', afterBytes: body.length + 1 });
    const ask = client();
    for (let n = 0; n < 3; n += 1) expect((await ask(proxy.url)).text).toBe(body);
  });

  it('delays each request', async () => {
    const proxy = await proxyTo(await httpTarget());
    const ask = client();
    await proxy.set({ kind: 'delay', milliseconds: 400 });
    await expect(ask(proxy.url, { timeout: 100 })).rejects.toThrow('no answer in time');
    for (let n = 0; n < 2; n += 1) {
      const begun = performance.now();
      expect((await ask(proxy.url)).text).toBe(body);
      // Timers may fire a little early.
      expect(performance.now() - begun).toBeGreaterThan(390);
    }
  });

  it('affects only the requests that it is told to', async () => {
    const proxy = await proxyTo(await httpTarget(), { affects: (line) => line.startsWith('POST ') });
    await proxy.set({ kind: 'status', status: 500 });
    const ask = client();
    expect([
      (await ask(proxy.url)).status,
      (await ask(proxy.url, { post: Buffer.from('x') })).status,
    ]).toEqual([200, 500]);
  });

  it('resets the client when the target is gone', async () => {
    const target = await startGitServer();
    const proxy = await proxyTo(target.port);
    await target.stop();
    await expect(client()(proxy.url)).rejects.toThrow(/ECONNRESET|socket hang up/);
  });
});

describe('fault proxy before other servers', () => {
  it('passes, delays and cuts a protocol in which the server answers bytes', async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    const proxy = await proxyTo(await listen(echo));
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        let text = '';
        connect(proxy.port, proxy.host)
          .on('data', (chunk) => {
            text += String(chunk);
          })
          .on('error', reject)
          .on('close', () => resolve(text))
          .end('hello world');
      });
    expect(await ask()).toBe('hello world');
    await proxy.set({ kind: 'cut', afterBytes: 5 });
    expect(await ask()).toBe('hello');
    await proxy.set({ kind: 'delay', milliseconds: 50 });
    expect(await ask()).toBe('hello world');
    expect(proxy.requests()).toBe(0);
  });

  it('speaks TLS to both sides, and passes TLS that it does not end', async () => {
    const authority = await generateAuthority('test');
    const leaf = await generateLeaf(authority, ['127.0.0.1']);
    const git: GitServer = await startGitServer({ tls: { ...leaf, caCertificate: authority.certificate } });
    ends.push(() => git.stop());
    const ca = authority.certificate;
    const status = (url: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const outgoing = getTls(`${url}/absent`, { ca, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        outgoing.on('error', reject);
      });
    const through = await startFaultProxy({ target: { host: '127.0.0.1', port: git.port } });
    const ending = await startFaultProxy({
      target: { host: '127.0.0.1', port: git.port, tls: { ca } },
      tls: leaf,
    });
    ends.push(
      () => through.stop(),
      () => ending.stop(),
    );
    expect(await status(through.url.replace('http:', 'https:'))).toBe(404);
    expect(await status(ending.url)).toBe(404);
    await ending.set({ kind: 'status', status: 429 });
    expect(await status(ending.url)).toBe(429);
    await ending.set({ kind: 'pass' });
    expect(await status(ending.url)).toBe(404);
  });
});
