// Each wait on a server ends, in words that say on what, and a wait of ours is on nobody's deadline.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { GitLimits } from '../../../../src/sync/git/limits.ts';
import {
  failureOf,
  listRefs,
  look,
  nobody,
  openTransport,
  type Serving,
  serve,
  serveSockets,
  within,
} from './harness.ts';

const trickle = (write: (bytes: Buffer) => void, bytes: number, milliseconds: number): NodeJS.Timeout =>
  setInterval(() => write(Buffer.alloc(bytes, 'x')), milliseconds).unref();

test.each<[string, string, () => Promise<Serving>, Partial<GitLimits>, RegExp]>([
  [
    'a server that accepts and says nothing',
    'http',
    () => serveSockets(() => {}),
    { headMilliseconds: 300 },
    /did not begin an answer within 0\.3 s/,
  ],
  [
    'a handshake of TLS without an end',
    'https',
    () => serveSockets(() => {}),
    { connectMilliseconds: 300 },
    /did not accept a connection within 0\.3 s/,
  ],
  [
    'a head that comes byte by byte',
    'http',
    () =>
      serveSockets((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        trickle((bytes) => socket.write(bytes), 1, 20);
      }),
    { headMilliseconds: 600 },
    /did not begin an answer within 0\.6 s/,
  ],
  [
    'answers that are only announced',
    'http',
    () =>
      serveSockets((socket) => {
        trickle(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 0, 20);
      }),
    { headMilliseconds: 600 },
    /did not begin an answer within 0\.6 s/,
  ],
  [
    'a body that stops',
    'http',
    () => serve((_, response) => void response.writeHead(200).write('0008'), 'all'),
    { idleMilliseconds: 300 },
    /did not go on with its answer within 0\.3 s/,
  ],
  [
    'a body that comes byte by byte',
    'http',
    () => serve((_, response) => void trickle((bytes) => response.write(bytes), 1, 20), 'all'),
    { lowSpeedMilliseconds: 600 },
    /sent fewer than 1000 bytes a second for 0\.6 s/,
  ],
  [
    'a body without an end',
    'http',
    () => serve((_, response) => void trickle((bytes) => response.write(bytes), 2_000, 20), 'all'),
    { overallMilliseconds: 1_500, lowSpeedMilliseconds: 500 },
    /did not answer in full within 1\.5 s/,
  ],
])('%s', async (_, scheme, start, limits, message) => {
  await using server = await start();
  const transport = openTransport(`${server.url.replace('http', scheme)}/x.git`, { limits });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ class: 'retry', reason: 'Timeout' });
  expect(failure.message).toMatch(message);
  await nobody(server.sockets);
  transport.close();
});

describe('a server that packs', () => {
  test('is waited for, whether it is silent before its answer or sends signs of life in it', async () => {
    await using server = await serve((_, response) => {
      setTimeout(() => {
        response.write('000dpackfile\n');
        const alive = trickle(() => response.write('0005\u0001'), 0, 100);
        setTimeout(() => {
          clearInterval(alive);
          response.end('0000');
        }, 800);
      }, 800);
    });
    const transport = openTransport(`${server.url}/x.git`, {
      limits: { headMilliseconds: 5_000, idleMilliseconds: 2_000, lowSpeedMilliseconds: 5_000 },
    });
    expect(await look(transport)).toMatch(/^000dpackfile/);
    transport.close();
  });
});

test('who asks may wait longer for the head of one answer, and not for a connection', async () => {
  await using server = await serve((_, response) => void setTimeout(() => response.end('0000'), 1_500));
  const transport = openTransport(`${server.url}/x.git`, {
    limits: { headMilliseconds: 500, lowSpeedMilliseconds: 1_000 },
  });
  const ask = async (headMilliseconds?: number): Promise<Buffer> => {
    const conversation = await transport.open('v2', within());
    return conversation.send({ body: listRefs, headMilliseconds }, within());
  };
  expect((await failureOf(ask())).message).toMatch(/did not begin an answer within 0\.5 s/);
  expect((await failureOf(ask(800))).message).toMatch(/did not begin an answer within 0\.8 s/);
  expect((await ask(20_000)).toString()).toBe('0000');
  transport.close();

  await using silent = await serveSockets(() => {});
  const connecting = openTransport(`${silent.url.replace('http', 'https')}/x.git`, {
    limits: { connectMilliseconds: 500 },
  });
  const { send } = await connecting.open('v0', within());
  const failure = await failureOf(send({ body: listRefs, headMilliseconds: 60_000 }, within()));
  expect(failure.message).toMatch(/did not accept a connection within 0\.5 s/);
  connecting.close();
});

describe('a wait of ours', () => {
  test('is on no deadline of the server, and comes only when much is to be held', async () => {
    let size = 300_000;
    await using server = await serve((_, response) => void response.end(Buffer.alloc(size)));
    const transport = openTransport(`${server.url}/x.git`, {
      limits: { idleMilliseconds: 600, overallMilliseconds: 1_500, lowSpeedMilliseconds: 600 },
    });
    let asked = 0;
    const admit = async (signal: AbortSignal): Promise<void> => {
      asked += 1;
      await delay(3_000, undefined, { signal });
    };
    const conversation = await transport.open('v2', within());
    expect((await conversation.send({ body: listRefs, admit }, within())).length).toBe(size);
    expect(asked).toBe(1);
    size = 1_000;
    expect((await conversation.send({ body: listRefs, admit }, within())).length).toBe(size);
    expect(asked).toBe(1);
    transport.close();
  });

  test('ends with the signal, and the connection with it', async () => {
    await using server = await serve((_, response) => void response.end(Buffer.alloc(300_000)));
    const transport = openTransport(`${server.url}/x.git`);
    const stop = new AbortController();
    const conversation = await transport.open('v2', within());
    const waiting = Promise.withResolvers<void>();
    const sending = conversation.send(
      {
        body: listRefs,
        async admit(signal) {
          waiting.resolve();
          await delay(60_000, undefined, { signal });
        },
      },
      stop.signal,
    );
    await waiting.promise;
    stop.abort(new Error('stopped'));
    await expect(sending).rejects.toThrow('stopped');
    transport.close();
    await nobody(server.sockets);
  });
});

test('no timer is left behind by what succeeded, failed or was given up', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
  await using server = await serve((request, response) => {
    if (request.url?.startsWith('/good') === true) response.end('0000');
    else if (request.url?.startsWith('/bad') === true) response.writeHead(500).end();
  });
  const before = timers();
  const stop = new AbortController();
  for (const path of ['good', 'bad', 'mute']) {
    const transport = openTransport(`${server.url}/${path}.git`);
    const looking = look(transport, stop.signal).catch(() => {});
    if (path === 'mute') setTimeout(() => stop.abort(), 50);
    await looking;
    transport.close();
  }
  await nobody(server.sockets);
  // One of TLS or HTTP may close a connection a moment later.
  for (let round = 0; timers() > before && round < 200; round += 1) await delay(25);
  expect(timers()).toBeLessThanOrEqual(before);
});
