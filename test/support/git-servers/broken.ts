// Servers as they are on a bad day, each by one name: what they do instead of answering.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pourRefs } from './endless-refs.ts';
import { type Exchange, give, type Misbehaviour, type Question } from './front.ts';
import { flush, packClaiming, packHead, packOf, pktLine, sideBand } from './packs.ts';

/** In all that these servers say; nobody may repeat it. */
export const serverText = 'what-only-the-server-said';

const packs: readonly Question[] = ['pack'];
const answerType = 'application/x-git-upload-pack-result';

export const broken = {
  /** Silent for so long, then as it should be. */
  slowFirstByte: (milliseconds: number): Misbehaviour => ({
    async onExchange({ response, answer }) {
      const [whole] = await Promise.all([answer(), delay(milliseconds, undefined, { ref: false })]);
      give(response, whole);
    },
  }),
  oneByteASecond: (): Misbehaviour => ({
    async onExchange({ response, answer }) {
      const { status, type, body } = await answer();
      response.writeHead(status, { 'content-type': type });
      for (const byte of body) {
        if (response.destroyed) return;
        response.write(Buffer.of(byte));
        await delay(1_000, undefined, { ref: false });
      }
      response.end();
    },
  }),
  cutInPack: (): Misbehaviour => ({
    questions: packs,
    async onExchange({ response, answer }) {
      const { status, type, body } = await answer();
      response.writeHead(status, { 'content-type': type, 'content-length': body.length });
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
    },
  }),
  /** Whole to HTTP, and yet not all of the pack. */
  endInPack: (): Misbehaviour => ({
    questions: packs,
    async onExchange({ response, answer }) {
      const whole = await answer();
      give(response, { ...whole, body: whole.body.subarray(0, Math.floor(whole.body.length / 2)) });
    },
  }),
  garbagePack: (): Misbehaviour => fetched(sideBand(1, Buffer.from(serverText.repeat(40)))),
  /** A pack that is right in itself, and holds another object than was asked for. */
  wrongObject: (): Misbehaviour =>
    fetched(sideBand(1, packOf([{ type: 'blob', bytes: Buffer.from(serverText) }]))),
  emptyPack: (): Misbehaviour => fetched(sideBand(1, packOf([]))),
  /** Says of itself to be larger than any folder of config. */
  hugeObject: (): Misbehaviour => fetched(sideBand(1, packClaiming(0xff_ff_ff_ff))),
  errLine: (): Misbehaviour => ({
    onExchange: ({ response, question }) =>
      give(response, {
        status: 200,
        type: question === 'greeting' ? 'application/x-git-upload-pack-advertisement' : answerType,
        body: Buffer.concat([pktLine(`ERR ${serverText}\n`), flush]),
      }),
  }),
  sideBandError: (): Misbehaviour =>
    fetched(
      sideBand(
        3,
        Buffer.from(`fatal: ${serverText}
`),
      ),
    ),
  notGit: (): Misbehaviour => ({
    onExchange: ({ response }) =>
      give(response, { status: 200, type: 'text/html', body: Buffer.from(`<p>${serverText}</p>`) }),
  }),
  /** As a folder of files on a web server has it. */
  dumbHttp: (): Misbehaviour => ({
    onExchange: ({ response, question }) =>
      question === 'greeting'
        ? give(response, {
            status: 200,
            type: 'text/plain',
            body: Buffer.from(
              `${'1'.repeat(40)}\trefs/heads/main\n${'2'.repeat(40)}\trefs/heads/${serverText}\n`,
            ),
          })
        : give(response, { status: 405, type: 'text/plain', body: Buffer.from(serverText) }),
  }),
  status: (status: number, retryAfter?: string): Misbehaviour => ({
    onExchange: ({ response }) =>
      void response
        .writeHead(status, {
          ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
          ...(status === 401 ? { 'www-authenticate': `Basic realm="${serverText}"` } : {}),
        })
        .end(serverText),
  }),
  /** As nginx refuses whoever shows another certificate than that one. */
  unlessClient: (name: string): Misbehaviour => ({
    async onExchange({ seen, response, answer }) {
      if (seen.client === name) give(response, await answer());
      else response.writeHead(400).end(serverText);
    },
  }),
  /** To `location`, path and query kept. */
  redirect: (location: string, status = 301): Misbehaviour => ({
    onExchange: ({ request, response }) =>
      void response.writeHead(status, { location: `${location}${request.url}` }).end(serverText),
  }),
  redirectLoop: (): Misbehaviour => ({
    onExchange: ({ request, response }) =>
      void response.writeHead(302, { location: request.url ?? '/' }).end(),
  }),
  neverAnswers: (): Misbehaviour => ({ onExchange: () => {} }),
  resetOnConnect: (): Misbehaviour => ({ onConnection: (socket) => void socket.resetAndDestroy() }),
  /** As soon as the client has begun the handshake of TLS. */
  resetInHandshake: (): Misbehaviour => ({
    onConnection: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  }),
  resetAfterRequest: (): Misbehaviour => ({
    onExchange: ({ reset }) => reset(),
  }),
  resetInHead: (): Misbehaviour => ({
    onExchange: ({ request, reset }) => afterwards(request.socket, 'HTTP/1.1 200 OK\r\nContent-Ty', reset),
  }),
  resetInBody: (): Misbehaviour => ({
    async onExchange({ request, answer, reset }) {
      const { type, body } = await answer();
      const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
      afterwards(request.socket, head + body.subarray(0, body.length / 2).toString('latin1'), reset);
    },
  }),
  /** So many bytes of pack, made as they are sent; `onSent` is told how many. */
  hugePack: (bytes: number, onSent: (bytes: number) => void): Misbehaviour => ({
    questions: packs,
    async onExchange({ request, response }) {
      response.writeHead(200, { 'content-type': answerType });
      response.write(Buffer.concat([before(request), ...sideBand(1, packHead(20_000))]));
      const piece = Buffer.concat(sideBand(1, Buffer.alloc(65_515)));
      for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
        onSent(sent);
        if (!response.write(piece)) await drained(response);
      }
      response.end(flush);
    },
  }),
  endlessRefs: (): Misbehaviour => ({
    questions: ['refs', 'greeting'],
    async onExchange({ response, question, answer }) {
      // With version 2 the greeting holds no refs.
      const whole = question === 'greeting' ? await answer() : undefined;
      if (whole?.body.includes('version 2') === true) return give(response, whole);
      const type = question === 'greeting' ? 'application/x-git-upload-pack-advertisement' : answerType;
      response.writeHead(200, { 'content-type': type });
      if (question === 'greeting')
        response.write(Buffer.concat([pktLine('# service=git-upload-pack\n'), flush]));
      await pourRefs(response);
    },
  }),
} as const;

/** These pkt-lines for every question of objects, whatever was asked for. */
function fetched(lines: readonly Buffer[]): Misbehaviour {
  return {
    questions: packs,
    onExchange: ({ request, response }: Exchange) =>
      give(response, {
        status: 200,
        type: answerType,
        body: Buffer.concat([before(request), ...lines, flush]),
      }),
  };
}

/** What stands before a pack in the version of the protocol that was asked for. */
function before(request: IncomingMessage): Buffer {
  const isVersion2 = request.headers['git-protocol']?.includes('version=2') === true;
  return pktLine(isVersion2 ? 'packfile\n' : 'NAK\n');
}

function afterwards(socket: Socket, text: string, reset: () => void): void {
  socket.write(text, 'latin1', reset);
}

async function drained(response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  const close = (): void => closed.abort();
  response.once('close', close);
  await once(response, 'drain', { signal: closed.signal }).catch(() => {});
  response.removeListener('close', close);
}
