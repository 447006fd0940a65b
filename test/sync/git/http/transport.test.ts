// The HTTP transport against a real Git server: logins, protocols, what is remembered, what is left behind.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import { AnswerTooLong } from '../../../../src/sync/git/transport.ts';
import {
  failureOf,
  listRefs,
  look,
  nobody,
  type OpenOptions,
  openTransport,
  serve,
  within,
} from './harness.ts';

const password = 'correct-horse-battery';
const basic = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
const token = 'glpat-planted-token';
const asPassword = `Basic ${Buffer.from(`anyone:${token}`).toString('base64')}`;

let plain: GitServer;
let secure: GitServer;
let tokens: GitServer;

beforeAll(async () => {
  plain = await startGitServer();
  secure = await startGitServer({ tls: true, credentials: { username: 'reader', password } });
  tokens = await startGitServer({ credentials: { token } });
});

afterAll(async () => {
  for (const server of [plain, secure, tokens]) await server.stop();
});

describe('a look at a real server', () => {
  test.each<[string, () => [GitServer, OpenOptions]]>([
    ['over HTTP, as nobody', () => [plain, {}]],
    [
      'over TLS, with user name and password and an authority of its own',
      () => [secure, { authorization: basic, tls: { ca: secure.caCertificate, client: undefined } }],
    ],
    ['with a token as password', () => [tokens, { authorization: asPassword }]],
    ['with a bearer token', () => [tokens, { authorization: `Bearer ${token}` }]],
  ])('%s', async (_, of) => {
    const [server, options] = of();
    const repository = server.repository('team/looked');
    const commit = await repository.commit({ a: '1' });
    const transport = openTransport(repository.url, options);
    const before = server.requests();
    expect(await look(transport)).toContain(`${commit} refs/heads/main`);
    expect(server.requests() - before).toBe(2);
    // The greeting is known.
    expect(await look(transport)).toContain(commit);
    expect(server.requests() - before).toBe(3);
    expect(transport.bytes()).toBeGreaterThan(200);
    transport.close();
  });

  test('in protocol version 2 gives what the server can do', async () => {
    const repository = plain.repository('capable');
    const transport = openTransport(repository.url);
    const { greeting } = await transport.open('v2', within());
    expect(greeting).toMatchObject({ protocol: 'v2' });
    expect(
      greeting.protocol === 'v2' && greeting.capabilities.some((each) => each.startsWith('fetch=')),
    ).toBe(true);
    transport.close();
  });

  test('in protocol version 0 is one request, which says nothing of version 2', async () => {
    const repository = plain.repository('older');
    const commit = await repository.commit({ a: '1' });
    const transport = openTransport(repository.url);
    const before = plain.requests();
    const conversation = await transport.open('v0', within());
    expect(conversation.greeting).toEqual({ protocol: 'v0', lines: [] });
    const body = Buffer.from(`0032want ${commit}\n00000009done\n`);
    let told = 0;
    const answer = await conversation.send(
      {
        body,
        onBytes: (bytes) => {
          told = bytes;
        },
      },
      within(),
    );
    expect(answer.toString('latin1')).toMatch(/^0008NAK\nPACK/);
    expect(told).toBe(answer.length);
    expect(plain.requests() - before).toBe(1);
    transport.close();
  });

  test('lists the refs of a server without version 2, however many', async () => {
    const repository = plain.repository('crowded');
    const commit = await repository.commit({ a: '1' });
    const refs = Array.from({ length: 50_000 }, (_, index) => `${commit} refs/tags/v${index}\n`);
    await writeFile(join(repository.directory, 'packed-refs'), refs.toSorted().join(''));
    // A server that knows no version 2 does not hear the word.
    await using older = await serve(async (request, response) => {
      const answer = await fetch(`${plain.url}${request.url}`);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    }, 'all');
    const transport = openTransport(`${older.url}/crowded.git`);
    for (let round = 1; round <= 2; round += 1) {
      const { greeting } = await transport.open('v2', within());
      if (greeting.protocol !== 'v0') throw new Error('it speaks version 2');
      expect(greeting.lines[0]?.toString()).toMatch(new RegExp(`^${commit} HEAD\0.*side-band-64k`));
      expect(greeting.lines.length).toBe(50_002);
      // The list is as old as the answer.
      expect(older.requests()).toBe(round);
    }
    transport.close();
  });

  test('at an empty repository succeeds', async () => {
    const transport = openTransport(plain.repository('unborn').url);
    await expect(look(transport)).resolves.toBeTypeOf('string');
    transport.close();
  });
});

describe('what is remembered of a server', () => {
  test('is asked for again when it is to be forgotten, when a request has failed, and after an hour', async () => {
    let now = 0;
    let status = 200;
    await using server = await serve((_, response) => void response.writeHead(status).end('0000'));
    const transport = openTransport(`${server.url}/x.git`, { now: () => now });
    const greets = async (): Promise<number> => {
      const before = server.requests();
      await transport.open('v2', within());
      return server.requests() - before;
    };
    expect(await greets()).toBe(1);
    expect(await greets()).toBe(0);
    transport.forget();
    expect(await greets()).toBe(1);
    now += 3_599_000;
    expect(await greets()).toBe(0);
    now += 2_000;
    expect(await greets()).toBe(1);
    status = 500;
    await failureOf(look(transport));
    expect(await greets()).toBe(1);
    transport.close();
  });

  test('includes where its list of refs was redirected to', async () => {
    const seen: string[] = [];
    await using server = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      if (request.url?.startsWith('/old/') === true) {
        response.writeHead(301, { location: request.url.replace('/old/', '/new.git/') }).end();
      } else response.end(request.method === 'GET' ? '000eversion 2\n0000' : '0000');
    }, 'all');
    const transport = openTransport(`${server.url}/old`, { authorization: basic });
    await look(transport);
    await look(transport);
    expect(seen).toEqual([
      `GET /old/info/refs?service=git-upload-pack ${basic}`,
      `GET /new.git/info/refs?service=git-upload-pack ${basic}`,
      `POST /new.git/git-upload-pack ${basic}`,
      `POST /new.git/git-upload-pack ${basic}`,
    ]);
    transport.close();
  });
});

describe('a request', () => {
  test('says its length, its protocol and who asks; nothing is asked by HEAD', async () => {
    const seen: unknown[] = [];
    await using server = await serve((request, response) => {
      const { 'git-protocol': protocol, 'content-length': length, 'user-agent': agent } = request.headers;
      seen.push([request.method, protocol, length, agent, request.headers['transfer-encoding']]);
      response.end(request.method === 'GET' ? '000eversion 2\n0000' : '0000');
    }, 'all');
    const transport = openTransport(`${server.url}/x.git`);
    await look(transport);
    await (await transport.open('v0', within())).send({ body: new Uint8Array() }, within());
    const agent = 'git/2.0 (confroll-test)';
    expect(seen).toEqual([
      ['GET', 'version=2', undefined, agent, undefined],
      ['POST', 'version=2', `${listRefs.length}`, agent, undefined],
      ['POST', undefined, '0', agent, undefined],
    ]);
    transport.close();
  });

  test('goes over the connection that is there, and over a new one when that was closed meanwhile', async () => {
    let connections = 0;
    await using server = await serve((request, response) => {
      connections += request.socket.listenerCount('marked') === 0 ? 1 : 0;
      request.socket.on('marked', () => {});
      // Closed as soon as the answer is out, without a word.
      response.end('0000', () => setTimeout(() => request.socket.destroy(), 5));
    });
    const transport = openTransport(`${server.url}/x.git`);
    for (let round = 0; round < 20; round += 1) {
      await look(transport);
      // Close to the moment at which the server closes.
      await new Promise((resolve) => setTimeout(resolve, round % 10));
    }
    expect(connections).toBeGreaterThan(1);
    transport.close();
    await nobody(server.sockets);
  });

  test('whose answer is longer than its caller allows is cut off', async () => {
    let isCut = false;
    await using server = await serve((_, response) => {
      response.once('close', () => {
        isCut = !response.writableFinished;
      });
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', write);
      write();
    });
    const transport = openTransport(`${server.url}/x.git`);
    const conversation = await transport.open('v2', within());
    const sending = conversation.send({ body: listRefs, byteLimit: 100_000 }, within());
    await expect(sending).rejects.toBeInstanceOf(AnswerTooLong);
    await nobody(server.sockets);
    expect(isCut).toBe(true);
    expect(transport.bytes()).toBeLessThan(2_000_000);
    transport.close();
  });

  test.each<[string, Record<string, string>]>([
    ['as it comes', {}],
    ['already by what its head says', { 'content-length': '100001' }],
  ])('whose answer is longer than can be held fails, %s', async (_, headers) => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, headers).write(Buffer.alloc('content-length' in headers ? 1 : 100_001));
    });
    const transport = openTransport(`${server.url}/x.git`, { limits: { answerBytes: 100_000 } });
    expect(await failureOf(look(transport))).toMatchObject({
      class: 'person',
      reason: 'TooLarge',
      message: expect.stringMatching(/more than 97\.66 KiB \(100000 bytes\)/),
    });
    await nobody(server.sockets);
    transport.close();
  });

  test('whose list of refs is longer than can be held says what to do about refs', async () => {
    await using server = await serve((_, response) => void response.end(Buffer.alloc(100_001)), 'all');
    const transport = openTransport(`${server.url}/x.git`, { limits: { answerBytes: 100_000 } });
    expect(await failureOf(look(transport))).toMatchObject({
      class: 'person',
      reason: 'TooLarge',
      message: expect.stringMatching(/delete branches and tags/),
    });
    transport.close();
  });

  test('ends with the reason of its signal, and with its connection', async () => {
    await using server = await serve(() => {}, 'all');
    const transport = openTransport(`${server.url}/x.git`);
    const stop = new AbortController();
    const looking = look(transport, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 100);
    await expect(looking).rejects.toThrow('stopped');
    await nobody(server.sockets);
    await expect(transport.open('v2', stop.signal)).rejects.toThrow('stopped');
    transport.close();
  });
});

describe('a login that is refused', () => {
  const renewing = (
    headers: readonly string[],
  ): { readonly asked: unknown[] } & Pick<OpenOptions, 'authorizer'> => {
    const asked: unknown[] = [];
    return {
      asked,
      authorizer: {
        header: async () => headers[asked.length],
        async renew(refused) {
          asked.push(refused);
          return asked.length < headers.length;
        },
      },
    };
  };

  test('is renewed once, and the request made again', async () => {
    const { asked, authorizer } = renewing(['Bearer old', `Bearer ${token}`]);
    const repository = tokens.repository('renewed');
    const commit = await repository.commit({ a: '1' });
    const transport = openTransport(repository.url, authorizer === undefined ? {} : { authorizer });
    expect(await look(transport)).toContain(commit);
    expect(asked).toEqual(['Bearer old']);
    transport.close();
  });

  test.each([
    [
      'a second time',
      ['Bearer old', 'Bearer older', 'Bearer oldest'],
      2,
      /refused a token that was made just now, too \(HTTP 401\): check that the GitHub App is installed/,
    ],
    ['with no other at hand', ['Bearer old'], 1, /refused the credentials \(HTTP 401\)/],
  ])('%s is told', async (_, headers, times, words) => {
    const { authorizer } = renewing(headers);
    const before = tokens.requests();
    const transport = openTransport(tokens.repository('renewed').url, authorizer && { authorizer });
    const failure = await failureOf(look(transport));
    expect(failure).toMatchObject({
      class: 'person',
      reason: 'AuthenticationFailed',
      about: 'login',
      message: expect.stringMatching(words),
    });
    expect(JSON.stringify(failure)).not.toMatch(/Bearer/);
    expect(tokens.requests() - before).toBe(times);
    transport.close();
  });

  test('as nobody says how to become somebody', async () => {
    const transport = openTransport(tokens.repository('renewed').url);
    expect(await failureOf(look(transport))).toMatchObject({
      reason: 'AuthenticationFailed',
      about: 'login',
      message: expect.stringMatching(/asks for credentials.*spec\.source\.secretRef/),
    });
    transport.close();
  });
});

test('close leaves no socket, and the transport can be used again', async () => {
  await using server = await serve((_, response) => void response.end('0000'));
  const transport = openTransport(`${server.url}/x.git`);
  await Promise.all([look(transport), look(transport)]);
  expect(server.sockets()).toBeGreaterThan(0);
  transport.close();
  await nobody(server.sockets);
  await look(transport);
  transport.close();
  transport.close();
  await nobody(server.sockets);
});
