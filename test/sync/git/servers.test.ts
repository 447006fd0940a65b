// Git servers on a bad day, in one table: what each failure is called and said to be, that nothing secret is in it,
// that nothing is kept of it, and that all is well again when the server is.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateLeaf, type KeyPair } from '../../../certs/generate.ts';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import type { GitLimits } from '../../../src/sync/git/limits.ts';
import type { FetchReason, Source } from '../../../src/sync/source.ts';
import { eventually } from '../../support/eventually.ts';
import {
  expectRecovery,
  type Failing,
  failing,
  impatient,
  nothingKept,
} from '../../support/git-servers/bad-day.ts';
import { broken, serverText } from '../../support/git-servers/broken.ts';
import { type Front, type Misbehaviour, startFront } from '../../support/git-servers/front.ts';
import { addressOf, basic, openSource } from '../../support/git-servers/open-source.ts';
import {
  expectFiles,
  failed,
  headOf,
  looked,
  main,
  never,
  reading,
} from '../../support/git-servers/read-source.ts';
import type { Speaks } from '../../support/git-servers/speaks.ts';
import { foundIn, password, plantedPem, plantedText, username } from '../../support/planted.ts';
import { activeResources, neededBytes } from '../../support/resources.ts';
import { testSize } from '../../support/size.ts';

let git: GitServer;
let elsewhere: Front;
let authority: KeyPair;
let stranger: KeyPair;
let leaf: KeyPair;
let client: KeyPair;
let before: ReadonlyMap<string, number>;
let bytesBefore: number;

beforeAll(async () => {
  git = await startGitServer({ credentials: { username, password } });
  elsewhere = await startFront({ target: git });
  authority = await generateAuthority('the authority of the tests');
  stranger = await generateAuthority('an authority that nobody knows');
  leaf = await generateLeaf(authority, ['127.0.0.1']);
  client = await generateLeaf(authority, ['client.example.com']);
  before = activeResources();
  bytesBefore = neededBytes();
});
afterAll(async () => {
  await elsewhere.stop();
  await git.stop();
});

type Row = Failing & {
  readonly name: string;
  readonly tls?: true;
  readonly server: () => Misbehaviour;
  readonly retryAfterMilliseconds?: number;
  readonly looks?: 2;
};

const rows: readonly Row[] = [
  {
    name: 'a first byte that does not come in time',
    server: () => broken.slowFirstByte(20_000),
    at: 'resolve',
    class: 'retry',
    reason: 'Timeout',
    words: /within 3 s/,
  },
  {
    name: 'one byte a second',
    server: broken.oneByteASecond,
    at: 'resolve',
    class: 'retry',
    reason: 'Timeout',
    words: /fewer than/,
  },
  {
    name: 'a connection cut in the middle of the pack',
    server: broken.cutInPack,
    at: 'read',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut/,
  },
  {
    name: 'an answer that ends in the middle of the pack',
    server: broken.endInPack,
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /only a part/,
  },
  {
    name: 'a garbage pack',
    server: broken.garbagePack,
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /pack|Git/,
  },
  {
    name: 'another object than the one that was asked for',
    server: broken.wrongObject,
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /did not send/,
  },
  {
    name: 'an empty pack',
    server: broken.emptyPack,
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /did not send/,
  },
  {
    name: 'an object of 4 GiB, as the pack says',
    server: broken.hugeObject,
    at: 'read',
    class: 'person',
    reason: 'TooLarge',
    words: /more than/,
  },
  {
    name: 'an ERR line',
    server: broken.errLine,
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /refused|error/,
  },
  {
    name: 'an error in the third side band',
    server: broken.sideBandError,
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /error|gave up/,
  },
  {
    name: 'a web page',
    server: broken.notGit,
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /spec\.source\.url/,
  },
  {
    name: 'dumb HTTP',
    server: broken.dumbHttp,
    at: 'resolve',
    class: 'person',
    reason: 'InvalidSource',
    looks: 2,
    words: /dumb protocol/,
  },
  {
    name: '301 to another host',
    server: () => broken.redirect(elsewhere.url),
    at: 'resolve',
    class: 'person',
    reason: 'InvalidSource',
    words: /another host/,
  },
  {
    name: '302 in a circle',
    server: broken.redirectLoop,
    at: 'resolve',
    class: 'person',
    reason: 'InvalidSource',
    words: /redirect/,
  },
  {
    name: '401',
    server: () => broken.status(401),
    at: 'resolve',
    class: 'person',
    reason: 'AuthenticationFailed',
    words: /HTTP 401/,
  },
  {
    name: '403',
    server: () => broken.status(403),
    at: 'resolve',
    class: 'person',
    reason: 'AuthenticationFailed',
    words: /HTTP 403/,
  },
  {
    name: '404',
    server: () => broken.status(404),
    at: 'resolve',
    class: 'person',
    reason: 'InvalidSource',
    words: /HTTP 404/,
  },
  {
    name: '429',
    server: () => broken.status(429),
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /HTTP 429.*asked again/,
  },
  {
    name: '429 with Retry-After',
    server: () => broken.status(429, '7'),
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /HTTP 429.*asked again/,
    retryAfterMilliseconds: 7_000,
  },
  ...testSize({ usual: [500, 502], full: [500, 501, 502, 503, 504] }).map(
    (status): Row => ({
      name: String(status),
      server: () => broken.status(status),
      at: 'resolve',
      class: 'retry',
      reason: 'ServerError',
      words: new RegExp(`HTTP ${status}.*asked again`),
    }),
  ),
  {
    name: '503 with Retry-After',
    server: () => broken.status(503, '3'),
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /HTTP 503/,
    retryAfterMilliseconds: 3_000,
  },
  {
    name: 'no answer to an accepted request',
    server: broken.neverAnswers,
    at: 'resolve',
    class: 'retry',
    reason: 'Timeout',
    words: /within 3 s/,
  },
  {
    name: 'a reset as soon as it is connected',
    server: broken.resetOnConnect,
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset/,
  },
  {
    name: 'a reset in the handshake of TLS',
    server: broken.resetInHandshake,
    tls: true,
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset/,
  },
  {
    name: 'a reset after the request',
    server: broken.resetAfterRequest,
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset/,
  },
  {
    name: 'a reset in the head',
    server: broken.resetInHead,
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset/,
  },
  {
    name: 'a reset in the body',
    server: broken.resetInBody,
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset/,
  },
];

describe.concurrent('a server that fails', () => {
  test.for(rows)('with $name', async (row, { expect }) => {
    await using stage = await standing(row.name, {
      tls: row.tls === true,
      has: row.at === 'read' ? 'read' : 'looked',
    });
    const { front, source, repository } = stage;
    const second = await repository.commit({ 'shop/a': '2', 'shop/deep/b': 'second' });
    const begin = (): void => {
      front.misbehave(row.server());
      front.dropConnections();
    };
    // What is known of the server is found out to be wrong by the first look.
    if (row.looks === 2) {
      begin();
      await looked(source);
    }
    const failure = await failing(source, row, begin);
    expectHelpful(failure, front, repository);
    expect(failure.retryAfterMilliseconds).toBe(row.retryAfterMilliseconds);

    front.misbehave(undefined);
    await expectRecovery(source, front, repository, second);
  });
});

// What an older server, or one without filters, is asked for another way.
const fallbacks: readonly (readonly [
  speaks: 'v2-without-filter' | 'v0',
  server: () => Misbehaviour,
  reason: FetchReason | 'moved',
])[] = (['v2-without-filter', 'v0'] as const).flatMap((speaks) => [
  [speaks, broken.cutInPack, 'Unreachable'],
  [speaks, broken.garbagePack, 'ServerError'],
  [speaks, broken.wrongObject, 'moved'],
  [speaks, broken.emptyPack, 'moved'],
  [speaks, broken.sideBandError, 'ServerError'],
  [speaks, broken.hugeObject, 'TooLarge'],
  [speaks, () => broken.hugePack(200 * 1024 * 1024, () => {}), 'TooLarge'],
]);

describe.concurrent('a server that fails, and is asked the other way for what it cannot:', () => {
  // Each reads the other way several times, in a thread of its own.
  const rows = fallbacks.map((row, index) => [index, ...row] as const);
  test.for(testSize({ usual: rows.filter(([index]) => index % 2 === 0), full: rows }))(
    '%i, %s',
    async ([index, speaks, server, reason], { expect }) => {
      await using stage = await standing(`fallback-${index}`, { speaks, has: 'looked' });
      const { front, source, repository } = stage;
      const second = await repository.commit({ 'shop/a': '2', 'shop/deep/b': 'second' });
      const seen = await headOf(source);
      front.misbehave(server());
      front.dropConnections();
      const answer = await source.read(reading(seen), never);
      // The server may have moved on meanwhile: it is asked again by itself.
      const failure = answer.kind === 'moved' ? answer : failed(answer);
      expect('reason' in failure ? failure.reason : failure.kind, failure.message).toBe(reason);
      expectHelpful(failure, front, repository);
      front.misbehave(undefined);
      await expectRecovery(source, front, repository, second);
    },
  );
});

describe.concurrent('a certificate that cannot be trusted', () => {
  test.for<[string, () => Promise<KeyPair>, RegExp, string | undefined]>([
    ['of an authority that is not known', () => generateLeaf(stranger, ['127.0.0.1']), /authority/, 'ca'],
    [
      'that has expired',
      () => generateLeaf(authority, ['127.0.0.1'], { now: Date.now() - 90 * 86_400_000 }),
      /expired/,
      undefined,
    ],
    ['for another name', () => generateLeaf(authority, ['git.example.com']), /another host name/, undefined],
  ])('%s', async ([name, certificate, words, about], { expect }) => {
    await using stage = await standing(name, { tls: true, has: 'looked' });
    const { front, source, repository } = stage;
    front.useCertificate(await certificate());
    front.dropConnections();
    const second = await repository.commit({ 'shop/a': '2' });
    const asked = front.seen().length;
    const failure = failed(await looked(source));
    expect(failure).toMatchObject({
      kind: 'failed',
      class: 'person',
      reason: 'NotTrusted',
      message: expect.stringMatching(words),
    });
    expectHelpful(failure, front, repository);
    expect(failure.about).toBe(about);
    // Nothing was sent to who could not be trusted.
    expect(front.seen().length).toBe(asked);

    front.useCertificate(leaf);
    await expectRecovery(source, front, repository, second);
  });
});

describe.concurrent('a server that is only unusual serves all the same:', () => {
  // Nobody's patience is at stake here.
  const limits = {};
  test('one whose first byte takes its time', async () => {
    await using stage = await standing('slow-but-there', { limits });
    const second = await stage.repository.commit({ 'shop/a': '2' });
    stage.front.misbehave(broken.slowFirstByte(500));
    await expectFiles(stage.source, stage.repository, second);
  });

  test.for(['v2', 'v2-without-filter', 'v0'] as const)('one without a HEAD, %s', async (speaks) => {
    await using stage = await standing(`no-head-${speaks}`, { speaks, limits });
    await stage.repository.git('symbolic-ref', 'HEAD', 'refs/heads/nowhere');
    const second = await stage.repository.commit({ 'shop/a': '2' });
    await expectFiles(stage.source, stage.repository, second);
  });

  test.for(['v2', 'v0'] as const)('one of 50 000 refs, %s', async (speaks, { expect }) => {
    await using stage = await standing(`many-refs-${speaks}`, { speaks, limits });
    const { repository, source } = stage;
    const second = await repository.commit({ 'shop/a': '2' });
    const lines = Array.from({ length: 50_000 }, (_, index) => `${second} refs/heads/other/${index}\n`);
    await writeFile(join(repository.directory, 'packed-refs'), lines.toSorted().join(''));
    await expectFiles(source, repository, second);
    const resolved = await source.resolve([main, { kind: 'branch', name: 'other/49999' }], never);
    expect(resolved.kind === 'ok' ? [...resolved.heads.values()] : resolved).toEqual([
      { name: 'main', commit: second },
      { name: 'other/49999', commit: second },
    ]);
  });
});

test('a pack of 200 MiB is cut off at the cap, and is never held', async () => {
  await using stage = await standing('huge');
  const { front, source, repository } = stage;
  const second = await repository.commit({ 'shop/a': '2' });
  const head = await headOf(source);
  let sent = 0;
  front.misbehave(
    broken.hugePack(200 * 1024 * 1024, (bytes) => {
      sent = Math.max(sent, bytes);
    }),
  );
  const failure = failed(await source.read(reading(head), never));
  expect(failure).toMatchObject({
    kind: 'failed',
    class: 'person',
    reason: 'TooLarge',
    message: expect.stringMatching(/64 MiB/),
  });
  expectHelpful(failure, front, repository);
  // What is between the two sides' buffers comes on top of the cap.
  expect(sent).toBeLessThan(80 * 1024 * 1024);
  front.misbehave(undefined);
  await expectFiles(source, repository, second);
});

test('nothing is kept of all these servers: no socket, no timer, no answer', async () => {
  await nothingKept(before);
  // Code that was loaded meanwhile is in it; an answer that was cut off at its cap has twice as much.
  await eventually(() => neededBytes() < bytesBefore + 32 * 1024 * 1024, { what: 'memory as before' });
});

type Stage = {
  readonly front: Front;
  readonly source: Source;
  readonly repository: Repository;
} & AsyncDisposable;

type StageOptions = {
  readonly tls?: boolean;
  readonly speaks?: Speaks;
  /** What is asked for beforehand. Default: the folder of the first commit. */
  readonly has?: 'read' | 'looked';
  readonly limits?: Partial<GitLimits>;
};

/** A front with a repository of its own, and a source that is in use already. */
async function standing(name: string, options: StageOptions = {}): Promise<Stage> {
  const { tls = false, speaks = 'v2', has = 'read', limits = impatient } = options;
  const repository = git.repository(`servers/${name.replaceAll(/[^\w-]+/g, '-')}`);
  const first = await repository.commit({ 'shop/a': '1', 'shop/deep/b': 'first', other: 'x' });
  const front = await startFront({ target: git, speaks, ...(tls ? { tls: leaf } : {}) });
  const source = openSource(repository.url.replace(git.url, front.url), {
    limits,
    login: { kind: 'header', authorization: basic(username, password) },
    tls: { ca: tls ? authority.certificate : undefined, client: tls ? client : undefined },
  });
  const stop = async (): Promise<void> => {
    source.close();
    await front.stop();
  };
  try {
    if (has === 'read') await expectFiles(source, repository, first);
    else await headOf(source);
  } catch (error) {
    await stop();
    throw error;
  }
  return { front, source, repository, [Symbol.asyncDispose]: stop };
}

/** It names the address and what to do, and nothing that the server said or that nobody may know. */
function expectHelpful(failure: { readonly message: string }, front: Front, repository: Repository): void {
  const { text } = addressOf(repository.url.replace(git.url, front.url));
  expect(failure.message).toContain(text);
  expect(failure.message).toMatch(
    /by itself|asked again|tried again|check|correct|look at|put |renew|use |write|serve|choose|push/,
  );
  const secrets = [
    plantedText('password', password),
    plantedText('words of the server', serverText),
    plantedPem('key of the client certificate', client.key),
  ];
  expect(foundIn(JSON.stringify(failure), secrets)).toEqual([]);
}
