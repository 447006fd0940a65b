// What a server can answer instead of Git's protocol, and where a connection can break: class, reason and words.
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { failureOf, listRefs, look, nobody, openTransport, serve, serveSockets, within } from './harness.ts';

const planted = 'planted-password';
const authorization = `Basic ${Buffer.from(`reader:${planted}`).toString('base64')}`;
const serverText = 'what only the server said';
const now = Date.parse('2026-01-01T00:00:00Z');

type Expected = { readonly [key: string]: unknown };

async function expectFailure(
  listener: RequestListener,
  expected: Expected,
  message: RegExp,
  sees: 'all' | 'posts',
): Promise<void> {
  await using server = await serve(listener, sees);
  const transport = openTransport(`${server.url}/team/config.git`, { authorization, now: () => now });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ kind: 'failed', ...expected });
  expect(failure.message).toMatch(message);
  expect(failure.message).toContain(`${server.url}/team/config.git`);
  expect(JSON.stringify(failure)).not.toMatch(new RegExp(`${planted}|${serverText}|Basic|reader`));
  transport.close();
  await nobody(server.sockets);
}

const person = { class: 'person' } as const;
const retry = { class: 'retry', reason: 'ServerError' } as const;

test.each<[number, Record<string, string>, Expected, RegExp]>([
  [401, {}, { ...person, reason: 'AuthenticationFailed', about: 'login' }, /refused the credentials/],
  [403, {}, { ...person, reason: 'AuthenticationFailed', about: 'login' }, /refused the credentials/],
  [403, { 'retry-after': '60' }, { ...retry, retryAfterMilliseconds: 60_000 }, /asked too often/],
  [203, {}, { ...person, reason: 'AuthenticationFailed', about: 'login' }, /refused the credentials/],
  [404, {}, { ...person, reason: 'InvalidSource' }, /no repository at/],
  [410, {}, { ...person, reason: 'InvalidSource' }, /no repository at/],
  [407, {}, { ...person, reason: 'InvalidSource' }, /gave no Git answer \(HTTP 407\)/],
  [400, {}, { ...person, reason: 'InvalidSource' }, /gave no Git answer \(HTTP 400\)/],
  [408, {}, retry, /failed \(HTTP 408\)/],
  [429, {}, retry, /asked too often/],
  [429, { 'retry-after': '7' }, { ...retry, retryAfterMilliseconds: 7_000 }, /asked too often/],
  [
    429,
    { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' },
    { ...retry, retryAfterMilliseconds: 30_000 },
    /asked too often/,
  ],
  [429, { 'retry-after': 'Wed, 31 Dec 2025 00:00:30 GMT' }, { ...retry, retryAfterMilliseconds: 0 }, /often/],
  [429, { 'retry-after': '999999999' }, { ...retry, retryAfterMilliseconds: 3_600_000 }, /often/],
  [429, { 'retry-after': 'soon' }, retry, /often/],
  [500, {}, retry, /failed \(HTTP 500\)/],
  [501, {}, retry, /failed \(HTTP 501\)/],
  [502, {}, retry, /failed \(HTTP 502\)/],
  [503, { 'retry-after': '3' }, { ...retry, retryAfterMilliseconds: 3_000 }, /failed \(HTTP 503\)/],
  [504, {}, retry, /failed \(HTTP 504\)/],
  [204, {}, { ...person, reason: 'InvalidSource' }, /gave no Git answer \(HTTP 204\)/],
  [206, {}, { ...person, reason: 'InvalidSource' }, /gave no Git answer \(HTTP 206\)/],
  [304, {}, { ...person, reason: 'InvalidSource' }, /gave no Git answer \(HTTP 304\)/],
])('status %d with %j', async (status, headers, expected, message) => {
  const listener: RequestListener = (_, response) =>
    response.writeHead(status, headers).end(status === 204 || status === 304 ? undefined : serverText);
  await expectFailure(listener, expected, message, 'all');
  await expectFailure(listener, expected, message, 'posts');
});

test('a failure with a body that has no end is told at once', async () => {
  await expectFailure(
    (_, response) => void response.writeHead(500).write(serverText),
    retry,
    /HTTP 500/,
    'all',
  );
});

const oid = '4895dcfa3633004da0049d3d0fa03f80589cbcaf';
const dumb = { ...person, reason: 'InvalidSource' };

describe('a greeting that is', () => {
  test.each<[string, RequestListener, Expected, RegExp]>([
    ['a web page', html(`<html>${serverText}</html>`), retry, /a web page, not Git's protocol/],
    ['a web page by its type', html('sign in'), retry, /a web page, not Git's protocol/],
    ['a web page of no type', say(`<!doctype html>${serverText}`), retry, /a web page, not Git's protocol/],
    ['empty', say(''), retry, /not Git's protocol/],
    ['the list of the dumb protocol', say(`${oid}\trefs/heads/main\n`), dumb, /dumb protocol/],
    [
      'the empty list of the dumb protocol',
      (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(),
      dumb,
      /dumb protocol/,
    ],
    ['cut in a line', say(`001e# service=git-upload-pack\n0000004${oid}`), retry, /only a part of it/],
    [
      'cut between lines',
      say(`001e# service=git-upload-pack\n0000003d${oid} refs/heads/main\n`),
      retry,
      /only a part/,
    ],
    ['cut in version 2', say('000eversion 2\n0012fetch=shallow\n'), retry, /only a part of it/],
    ['without the name of the service', say(`003d${oid} refs/heads/main\n0000`), retry, /not Git's protocol/],
    ['no list', say('001e# service=git-upload-pack\n00000008nope0000'), retry, /not Git's protocol/],
    ['garbage', say('\u0000\u0001\u0002zzzzzzz'), retry, /not Git's protocol/],
    [
      'an error',
      say(`001e# service=git-upload-pack\n00000024ERR ${serverText}xx\n0000`),
      retry,
      /an error of Git/,
    ],
    ['an error at once', say(`0024ERR ${serverText}xx\n0000`), retry, /an error of Git's protocol/],
    ['no HTTP', (_, response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n'), retry, /not HTTP/],
  ])('%s', async (_, listener, expected, message) => {
    await expectFailure(listener, expected, message, 'all');
  });

  test('of protocol version 1 is as one of version 0', async () => {
    const head = `${oid} HEAD\0side-band-64k`;
    const line = `${(head.length + 4).toString(16).padStart(4, '0')}${head}`;
    const body = `001e# service=git-upload-pack\n0000000eversion 1\n${line}0000`;
    await using server = await serve(say(body), 'all');
    const transport = openTransport(`${server.url}/x.git`);
    const { greeting } = await transport.open('v2', within());
    expect(greeting).toEqual({ protocol: 'v0', lines: [Buffer.from(head)] });
    transport.close();
  });
});

describe('an answer that is', () => {
  test.each<[string, RequestListener, RegExp]>([
    ['empty', say(''), /not Git's protocol/],
    ['a web page', html(serverText), /a web page/],
  ])('%s', async (_, listener, message) => {
    await expectFailure(listener, retry, message, 'posts');
  });

  test('an error of Git is for who asked to read', async () => {
    await using server = await serve(say('0011ERR not our ref'));
    const transport = openTransport(`${server.url}/x.git`);
    expect(await look(transport)).toMatch(/^0011ERR/);
    transport.close();
  });
});

describe('a redirect', () => {
  const to =
    (location: string, status = 302): RequestListener =>
    (_, response) =>
      response.writeHead(status, { location }).end();

  test.each<[string, RequestListener, RegExp]>([
    [
      'to another host',
      to(`https://user:${planted}@evil.invalid/x?token=${planted}`, 301),
      /redirects to another host \(https:\/\/evil\.invalid\).*write the address.*spec\.source\.url/,
    ],
    [
      'to another port',
      to('http://127.0.0.1:9/'),
      /redirects to another port of its host \(http:\/\/127\.0\.0\.1:9\).*write http:\/\/127\.0\.0\.1:9\/team\/config\.git into spec\.source\.url/,
    ],
    [
      'to another scheme',
      (request, response) => response.writeHead(307, { location: `https://${request.headers.host}/x` }).end(),
      /redirects to https on its host \(https:\/\/127\.0\.0\.1:\d+\).*write https:\/\/127\.0\.0\.1:\d+\/team\/config\.git into spec\.source\.url/,
    ],
    ['to no address of HTTP', to(`file:///${planted}`), /redirects to no address/],
    ['to nothing that can be read', to('http://['), /redirects to no address/],
    ['without an address', (_, response) => response.writeHead(308).end(), /redirects to no address/],
    [
      'in a circle',
      (request, response) => response.writeHead(303, { location: request.url }).end(),
      /redirects in a circle/,
    ],
    [
      'that leads on and on',
      (request, response) => response.writeHead(302, { location: `${request.url}x` }).end(),
      /more than 5 times/,
    ],
  ])('%s', async (_, listener, message) => {
    const expected = { ...person, reason: 'InvalidSource' };
    await expectFailure(listener, expected, message, 'all');
    await expectFailure(listener, expected, message, 'posts');
  });

  test.each([301, 302, 303, 307, 308])('%d within the host keeps method, body and login', async (status) => {
    const seen: string[] = [];
    await using server = await serve((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        seen.push(`${request.method} ${request.headers.authorization} ${Buffer.concat(pieces)}`);
        if (seen.length <= 5) response.writeHead(status, { location: `/hop/${seen.length}` }).end();
        else response.end('0000');
      });
    });
    const transport = openTransport(`${server.url}/x.git`, { authorization });
    expect(await look(transport)).toBe('0000');
    expect(seen).toEqual(Array.from({ length: 6 }, () => `POST ${authorization} ${listRefs}`));
    transport.close();
  });
});

describe('a connection that breaks', () => {
  const unreachable = { class: 'retry', reason: 'Unreachable' };
  const reset = (response: ServerResponse): void => {
    response.socket?.resetAndDestroy();
  };

  test.each<[string, RequestListener]>([
    ['before the head of the answer', (_, response) => reset(response)],
    ['without a reset', (_, response) => void response.socket?.destroy()],
    ['in the head', (_, response) => void response.socket?.write('HTTP/1.1 200 O', () => reset(response))],
    [
      'before the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).flushHeaders();
        setTimeout(() => reset(response), 50);
      },
    ],
    [
      'in the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('0008NAK\n');
        setTimeout(() => reset(response), 50);
      },
    ],
    [
      'in a body of no length',
      (_, response) => {
        response.write('0008NAK\n');
        setTimeout(() => response.socket?.destroy(), 50);
      },
    ],
  ])('%s', async (_, listener) => {
    await expectFailure(listener, unreachable, /the connection was cut/, 'all');
    await expectFailure(listener, unreachable, /the connection was cut/, 'posts');
  });

  test('as soon as it stands', async () => {
    await using server = await serveSockets((socket) => socket.resetAndDestroy());
    const transport = openTransport(`${server.url}/x.git`);
    expect(await failureOf(look(transport))).toMatchObject({
      ...unreachable,
      message: expect.stringMatching(/the connection was cut/),
    });
    transport.close();
  });

  test('or that nobody takes', async () => {
    const transport = openTransport('http://127.0.0.1:9/x.git');
    expect(await failureOf(look(transport))).toMatchObject({
      ...unreachable,
      message: expect.stringMatching(/nothing listens there/),
    });
    transport.close();
  });

  test('or whose host DNS does not know', async () => {
    const transport = openTransport('http://git.invalid/x.git');
    expect(await failureOf(look(transport))).toMatchObject({
      ...unreachable,
      message: expect.stringMatching(/DNS/),
    });
    transport.close();
  });
});

test('a login that no header can carry is told without it', async () => {
  await using server = await serve(() => {});
  const transport = openTransport(`${server.url}/x.git`, { authorization: `Bearer ${planted}\nx: y` });
  const failure = await failureOf(look(transport));
  expect(failure).toMatchObject({ ...person, reason: 'SecretInvalid', about: 'login' });
  expect(failure.message).not.toContain(planted);
  expect(server.requests()).toBe(0);
  transport.close();
});

function say(body: string): RequestListener {
  return (_, response) => response.end(body);
}

function html(body: string): RequestListener {
  return (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body);
}
