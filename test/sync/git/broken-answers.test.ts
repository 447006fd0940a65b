// Answers of a real server, broken at random: the reader gives the very content or a failure, and never hangs.
import { createServer, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import { type CommitId, parseCommitId } from '../../../src/api/identifiers.ts';
import type { Source } from '../../../src/sync/source.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import { main, reading } from '../../support/git-servers/read-source.ts';

type Recorded = { readonly type: string; readonly body: Buffer };

let git: GitServer;
let commit: CommitId;
const answers = new Map<string, Recorded>();
let breakIt = (body: Buffer): Buffer => body;
let address = '';
let count = 0;

// Records each answer of the real server once, and gives it broken from then on.
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const asked = Buffer.concat(chunks);
  const key = `${request.method} ${request.url} ${asked}`;
  const recorded = answers.get(key) ?? (await ask(request, asked));
  answers.set(key, recorded);
  response.writeHead(200, { 'content-type': recorded.type }).end(breakIt(recorded.body));
  count += 1;
});

async function ask(request: IncomingMessage, body: Buffer): Promise<Recorded> {
  const { method = 'GET', url = '/', headers } = request;
  const answer = await fetch(git.url + url, {
    method,
    headers: {
      'content-type': 'application/x-git-upload-pack-request',
      'git-protocol': String(headers['git-protocol'] ?? ''),
    },
    ...(method === 'POST' ? { body } : {}),
  });
  return { type: answer.headers.get('content-type') ?? '', body: Buffer.from(await answer.arrayBuffer()) };
}

beforeAll(async () => {
  git = await startGitServer();
  const files = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`shop/${index}.conf`, `key = ${index}\n`.repeat(20)]),
  );
  const parsed = parseCommitId(await git.repository('broken').commit(files));
  if (parsed === undefined) throw new Error('no commit id');
  commit = parsed;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}/broken.git`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await git.stop();
});

test('a broken answer gives the very content or a failure', async () => {
  const open = () =>
    openSource(address, { limits: { overallMilliseconds: 10_000, readMilliseconds: 10_000 } });
  const read = (source: Source) =>
    source.read(reading({ name: 'main', commit }), AbortSignal.timeout(30_000));
  const first = open();
  const whole = await read(first);
  first.close();
  expect(whole.kind).toBe('ok');
  // Greeting, commit, root, folder and files.
  expect(count).toBe(5);

  const cut = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (body: Buffer) => {
    return body.subarray(0, Math.floor(body.length * share));
  });
  const flip = fc
    .array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((flips) => (body: Buffer) => {
      const broken = Buffer.from(body);
      for (const [share, bits] of flips) {
        const at = Math.floor(share * body.length);
        broken[at] = (broken[at] ?? 0) ^ bits;
      }
      return broken;
    });
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => () => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 5 }), fc.oneof(cut, flip, noise), async (which, change) => {
      // A source that knows nothing yet; each of its requests has its turn at being broken.
      const source = open();
      count = 0;
      breakIt = (body) => (count === which ? change(body) : body);
      const folder = await read(source);
      if (folder.kind === 'ok') expect(folder).toEqual(whole);
      else expect(folder).not.toMatchObject({ reason: 'Timeout' });
      count = which;
      const resolved = await source.resolve([main], AbortSignal.timeout(30_000));
      expect(resolved).not.toMatchObject({ reason: 'Timeout' });
      // What came right is kept, and nothing that did not.
      breakIt = (body) => body;
      expect(await read(source)).toEqual(whole);
      source.close();
    }),
    { numRuns: 300 },
  );
}, 120_000);
