// The Git source against a real Git server, and against every way in which one can fail.
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../local/git-server/fault-proxy.ts';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import { type CommitId, parseCommitId } from '../../../src/api/identifiers.ts';
import { createGitSource } from '../../../src/sync/git/git-source.ts';
import { defaultGitLimits, type GitLimits } from '../../../src/sync/git/limits.ts';
import type { Folder, Source } from '../../../src/sync/source.ts';

const password = 'correct-horse-battery';
const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;

let plain: GitServer;
let secure: GitServer;
let proxy: FaultProxy;
const opened: Source[] = [];

beforeAll(async () => {
  plain = await startGitServer();
  secure = await startGitServer({ tls: true, credentials: { username: 'reader', password } });
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: plain.port } });
});

afterAll(async () => {
  for (const source of opened) source.close();
  await proxy.stop();
  await plain.stop();
  await secure.stop();
});

type OpenOptions = Partial<GitLimits> & { authorization?: string; ca?: string; secretName?: string };

function open(url: string, { authorization, ca, secretName, ...limits }: OpenOptions = {}): Source {
  const source = createGitSource({
    url: new URL(url),
    authorization,
    ca,
    secretName,
    userAgent: 'git/2.0 (confroll-test)',
    limits: { ...defaultGitLimits, ...limits },
    now: Date.now,
    onBytes: () => {},
  });
  opened.push(source);
  return source;
}

const within = (seconds = 30): AbortSignal => AbortSignal.timeout(seconds * 1000);

const through = (repository: Repository): string => repository.url.replace(plain.url, proxy.url);

async function headOf(source: Source, branch = 'main'): Promise<CommitId> {
  const resolved = await source.resolve([branch], within());
  const head = resolved.kind === 'ok' ? resolved.heads.get(branch) : resolved;
  if (typeof head !== 'string') throw new Error(head?.message);
  return head;
}

const commitId = (text: string): CommitId => {
  const commit = parseCommitId(text);
  if (commit === undefined) throw new Error(`${text} is no commit id`);
  return commit;
};

const oddFiles = {
  'app.yaml': 'a: 1\n',
  'conf.d/nested/deep/file.conf': 'deep\n',
  'with space.txt': 'x',
  'über/größe.txt': 'ü',
  '.hidden': 'h',
  '..two/dots': 'd',
  'a+b@c:d~e': 'p',
  'back\\slash': 'b',
  [`long/${'n'.repeat(200)}`]: 'l',
  'empty.txt': '',
  'crlf.ini': 'a=1\r\nb=2\r\n',
  'logo.png': new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe]),
  'bin/run': { executable: true, content: '#!/bin/sh\necho run\n' },
} as const;

describe('what is read', () => {
  test.each<[string, () => [GitServer, OpenOptions]]>([
    ['over HTTP', () => [plain, {}]],
    [
      'over TLS with basic auth and an authority of its own',
      () => [secure, { authorization, ca: secure.caCertificate ?? '' }],
    ],
  ])('equals git archive, byte for byte and with its modes, %s', async (_, of) => {
    const [server, options] = of();
    const repository = server.repository('team/config');
    const inFolder = Object.fromEntries(
      Object.entries(oddFiles).map(([path, content]) => [`envs/prod/shop/${path}`, content]),
    );
    const commit = await repository.commit({ ...inFolder, 'envs/prod/other.yaml': 'no', 'root.txt': 'r' });
    const source = open(repository.url, options);
    expect(await headOf(source)).toBe(commit);
    for (const path of ['envs/prod/shop', 'envs', '']) {
      const folder = await source.read({ branch: 'main', commit: commitId(commit) }, path, within());
      expect(listing(folder)).toEqual(archived(await repository.archive(commit, path)));
    }
  });

  test('author and subject of the commit come with it', async () => {
    const repository = plain.repository('authored');
    const commit = await repository.commit(
      { a: '1' },
      { message: 'raise the timeout\n\nbecause', author: { name: 'Ada Ä', email: 'ada@example.com' } },
    );
    const folder = await open(repository.url).read(
      { branch: 'main', commit: commitId(commit) },
      '',
      within(),
    );
    expect(folder).toMatchObject({ kind: 'ok', author: 'Ada Ä', subject: 'raise the timeout' });
  });

  test('a HEAD that names no branch does not matter', async () => {
    const repository = plain.repository('headless');
    const commit = await repository.commit({ a: '1' });
    await repository.git('symbolic-ref', 'HEAD', 'refs/heads/nowhere');
    const source = open(repository.url);
    const folder = await source.read({ branch: 'main', commit: await headOf(source) }, '', within());
    expect(await headOf(source)).toBe(commit);
    expect(folder.kind).toBe('ok');
  });

  test('an older commit of the branch is read as it was, a rewritten one is told as moved', async () => {
    const repository = plain.repository('history');
    const first = commitId(await repository.commit({ a: '1' }));
    const second = commitId(await repository.commit({ a: '2' }));
    const source = open(repository.url);
    expect(listing(await source.read({ branch: 'main', commit: first }, '', within()))).toMatchObject({
      a: { bytes: '1' },
    });
    await repository.commit({ a: '3' }, { force: true });
    const moved = await source.read({ branch: 'main', commit: second }, '', within());
    expect(moved).toMatchObject({ kind: 'moved', message: expect.stringContaining(second.slice(0, 7)) });
  });

  test('symbolic links and submodules are told as what they are', async () => {
    const repository = plain.repository('links');
    await repository.commit({ 'f/a': '1', 'f/link': { symlink: '../secret' } });
    const head = await repository.head();
    await repository.git('update-ref', 'refs/heads/main', await withSubmodule(repository, head ?? ''));
    const source = open(repository.url);
    const folder = await source.read({ branch: 'main', commit: await headOf(source) }, 'f', within());
    expect(listing(folder)).toMatchObject({ link: { kind: 'symlink' }, sub: { kind: 'submodule' } });
  });
});

describe('one look at the server', () => {
  test('is one request for several branches, also where there are very many refs', async () => {
    const repository = plain.repository('refs');
    const commit = await repository.commit({ a: '1' });
    await repository.setRef('release/1.2', commit);
    await repository.setRef('main2', commit);
    const source = open(repository.url);
    const requests = async (): Promise<number> => {
      const before = plain.requests();
      const resolved = await source.resolve(['main', 'release/1.2', 'mai'], within());
      expect(resolved.kind).toBe('ok');
      if (resolved.kind === 'ok') {
        expect(resolved.heads.get('main')).toBe(commit);
        expect(resolved.heads.get('release/1.2')).toBe(commit);
        expect(resolved.heads.get('mai')).toMatchObject({ reason: 'RefNotFound', class: 'change' });
      }
      return plain.requests() - before;
    };
    expect(await requests()).toBe(1);
    await repository.git('pack-refs', '--all');
    const tags = Array.from({ length: 800 }, (_, index) => `${commit} refs/tags/v${index}\n`);
    const branches = ['main', 'main2', 'release/1.2'].map((name) => `${commit} refs/heads/${name}\n`);
    await writeFile(join(repository.directory, 'packed-refs'), [...branches, ...tags].join(''));
    expect(await requests()).toBe(1); // the long list of protocol v1
    expect(await requests()).toBe(2); // v2 announces itself once
    expect(await requests()).toBe(1);
  });
});

test('a commit of more objects than can be read is refused before it is parsed', async () => {
  const repository = plain.repository('countless');
  const files = Object.fromEntries(Array.from({ length: 25_000 }, (_, index) => [`f/${index}`, `${index}`]));
  const tooMany = commitId(await repository.commit({ ...files, 'shop/a': '1' }));
  const source = open(repository.url);
  let asked = 0;
  const read = (commit: CommitId) =>
    source.read({ branch: 'main', commit }, 'shop', within(), async () => {
      asked += 1;
    });
  const expected = { kind: 'failed', reason: 'TooLarge', class: 'person' };
  // Two files hold '1' and are one object; beside the files: the commit, its root and two folders.
  const words = /has 25004 objects.*more than the 25000.*repository of its own.*branch that holds only it/;
  expect(await read(tooMany)).toMatchObject({ ...expected, message: expect.stringMatching(words) });
  const few = commitId(await repository.commit({ f: null }));
  asked = 0;
  expect((await read(few)).kind).toBe('ok');
  expect(asked).toBeGreaterThan(0);
});

describe('what is held in memory', () => {
  test('is waited for with a large answer under way, on no deadline of the server', async () => {
    const repository = plain.repository('held');
    const random = () => crypto.getRandomValues(new Uint8Array(60_000));
    const commit = commitId(await repository.commit({ a: random(), b: random(), c: random() }));
    const source = open(repository.url, {
      idleMilliseconds: 500,
      overallMilliseconds: 2_000,
      readMilliseconds: 2_000,
    });
    let asked = 0;
    const folder = await source.read({ branch: 'main', commit }, '', within(), async () => {
      asked += 1;
      if (asked === 1) await delay(4_000);
    });
    expect(folder.kind).toBe('ok');
    expect(asked).toBe(2);
  });

  test('is nothing while the server is silent, also after it has begun', async () => {
    await using server = await serve((_, response) => void response.writeHead(200).write('0008NAK\n'));
    const source = open(`${server.url}/team/config.git`, { idleMilliseconds: 300 });
    const at = { branch: 'main', commit: commitId('1'.repeat(40)) };
    let asked = 0;
    const folder = await source.read(at, '', within(), async () => {
      asked += 1;
    });
    expect(folder).toMatchObject({ reason: 'Timeout' });
    expect(asked).toBe(0);
  });
});

describe('when the server or the way to it fails', () => {
  test.each<[string, Parameters<FaultProxy['set']>[0], object, RegExp]>([
    [
      '401',
      { kind: 'status', status: 401 },
      { reason: 'AuthenticationFailed', class: 'person' },
      /secretRef/,
    ],
    [
      '403',
      { kind: 'status', status: 403 },
      { reason: 'AuthenticationFailed', class: 'person' },
      /secretRef/,
    ],
    [
      '404',
      { kind: 'status', status: 404 },
      { reason: 'InvalidSource', class: 'person' },
      /no repository at/,
    ],
    [
      '429 with Retry-After',
      { kind: 'status', status: 429, retryAfter: 7 },
      { reason: 'ServerError', class: 'retry', retryAfterMilliseconds: 7_000 },
      /too often/,
    ],
    [
      '429 with an endless Retry-After',
      { kind: 'status', status: 429, retryAfter: 999_999_999 },
      { reason: 'ServerError', retryAfterMilliseconds: 3_600_000 },
      /too often/,
    ],
    ['500', { kind: 'status', status: 500 }, { reason: 'ServerError', class: 'retry' }, /HTTP 500/],
    [
      '503 with Retry-After',
      { kind: 'status', status: 503, retryAfter: 3 },
      { reason: 'ServerError', retryAfterMilliseconds: 3_000 },
      /HTTP 503/,
    ],
    ['connection refused', { kind: 'refuse' }, { reason: 'Unreachable', class: 'retry' }, /nothing listens/],
    ['silence', { kind: 'hang' }, { reason: 'Timeout', class: 'retry' }, /did not begin an answer within/],
    ['an answer that is cut', { kind: 'cut', afterBytes: 20 }, { class: 'retry' }, /cut|only a part/],
  ])('%s', async (name, fault, failure, message) => {
    const repository = plain.repository('failing');
    const commit = commitId((await repository.head()) ?? (await repository.commit({ a: '1' })));
    const source = open(through(repository), { headMilliseconds: 300, idleMilliseconds: 300 });
    await proxy.set(fault);
    try {
      const expected = { kind: 'failed', ...failure, message: expect.stringMatching(message) };
      expect(await source.resolve(['main'], within()), `resolve: ${name}`).toMatchObject(expected);
      expect(await source.read({ branch: 'main', commit }, '', within()), `read: ${name}`).toMatchObject(
        expected,
      );
    } finally {
      await proxy.set({ kind: 'pass' });
    }
    expect(await headOf(source)).toBe(commit);
    expect((await source.read({ branch: 'main', commit }, '', within())).kind).toBe('ok');
  });

  test.each<[string, RequestListener, object, RegExp]>([
    [
      'a web page',
      (_, response) => response.end('<html>sign in</html>'),
      { reason: 'ServerError' },
      /not Git's protocol/,
    ],
    ['an empty answer', (_, response) => response.end(), { reason: 'ServerError' }, /not Git's protocol/],
    [
      'a list that ends early',
      (_, response) =>
        response.end('001e# service=git-upload-pack\n0000004895dcfa3633004da0049d3d0fa03f80589cbcaf31 refs'),
      { reason: 'ServerError' },
      /only a part/,
    ],
    [
      "an error line of Git's protocol",
      (_, response) => response.end('001e# service=git-upload-pack\n0000000fERR no way\n0000'),
      { reason: 'ServerError' },
      /error of Git's protocol/,
    ],
    [
      'a body that stalls',
      (_, response) => void response.writeHead(200).write('001e#'),
      { reason: 'Timeout' },
      /did not go on with its answer/,
    ],
    [
      'more bytes than the cap',
      (_, response) => response.end('x'.repeat(200_000)),
      { reason: 'TooLarge', class: 'person' },
      /more than 100000 bytes/,
    ],
    [
      'a redirect to another host',
      (_, response) => response.writeHead(302, { location: 'http://evil.invalid/?steal=1' }).end(),
      { reason: 'InvalidSource', class: 'person' },
      /redirects to another host \(http:\/\/evil\.invalid\)/,
    ],
    [
      'redirects in a circle',
      (request, response) => response.writeHead(301, { location: request.url }).end(),
      { reason: 'InvalidSource' },
      /in a circle/,
    ],
  ])('%s', async (_, listener, failure, message) => {
    await using server = await serve(listener);
    const source = open(`${server.url}/team/config.git`, {
      authorization,
      secretName: 'git-read',
      idleMilliseconds: 300,
      answerBytes: 100_000,
    });
    const at = { branch: 'main', commit: commitId('1'.repeat(40)) };
    const expected = { kind: 'failed', ...failure, message: expect.stringMatching(message) };
    const resolved = await source.resolve(['main'], within());
    const read = await source.read(at, '', within());
    expect(resolved).toMatchObject(expected);
    // A pack that is missing or broken cannot be told from a commit that the server no longer has.
    expect(read.kind === 'moved' ? 'moved' : read).toSatisfy(
      (value) => value === 'moved' || 'reason' in Object(value),
    );
    expect(JSON.stringify([resolved, read])).not.toContain(password);
    expect(JSON.stringify([resolved, read])).not.toContain(authorization);
  });

  test('a redirect within the host is followed, with the credential and with the body', async () => {
    const seen: string[] = [];
    const target = plain.repository('redirected');
    const there = commitId(await target.commit({ a: '1' }));
    await using server = await serve((request, response) => {
      const url = request.url ?? '';
      if (url.startsWith('/old')) {
        response.writeHead(307, { location: url.replace('/old', '/new') }).end();
        return;
      }
      seen.push(request.headers.authorization ?? '');
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const answer = await fetch(`${plain.url}${url.replace('/new', '/redirected.git')}`, {
          method: request.method ?? 'GET',
          headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
          ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
        });
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    const source = open(`${server.url}/old`, { authorization });
    expect(await headOf(source)).toBe(there);
    expect((await source.read({ branch: 'main', commit: there }, '', within())).kind).toBe('ok');
    expect(new Set(seen)).toEqual(new Set([authorization]));
  });

  test.each<[string, OpenOptions, object, RegExp]>([
    [
      'an authority that is not known',
      { authorization },
      { reason: 'Unreachable', class: 'person' },
      /ca\.crt.*spec\.source\.secretRef/,
    ],
    [
      'a wrong password',
      {
        authorization: `Basic ${Buffer.from('reader:wrong-one').toString('base64')}`,
        secretName: 'git-read',
      },
      { reason: 'AuthenticationFailed' },
      /refused the credentials of Secret "git-read"/,
    ],
  ])('over TLS: %s', async (name, options, failure, message) => {
    const trusting = name === 'a wrong password' ? { ca: secure.caCertificate ?? '' } : {};
    const source = open(secure.repository('team/config').url, { ...options, ...trusting });
    const resolved = await source.resolve(['main'], within());
    expect(resolved).toMatchObject({ kind: 'failed', ...failure, message: expect.stringMatching(message) });
    expect(JSON.stringify(resolved)).not.toMatch(/correct-horse|wrong-one|Basic /);
  });

  test('a host that DNS does not know', async () => {
    const resolved = await open('http://git.invalid/x.git').resolve(['main'], within());
    expect(resolved).toMatchObject({
      reason: 'Unreachable',
      class: 'retry',
      message: expect.stringMatching(/DNS/),
    });
  });

  test('an abort ends a wait at once, with its own reason', async () => {
    const repository = plain.repository('aborted');
    await repository.commit({ a: '1' });
    await proxy.set({ kind: 'hang' });
    try {
      const stop = new AbortController();
      const looking = open(through(repository)).resolve(['main'], stop.signal);
      stop.abort(new Error('stopped'));
      await expect(looking).rejects.toThrow('stopped');
    } finally {
      await proxy.set({ kind: 'pass' });
    }
  });
});

describe('when the revision does not hold what is wanted', () => {
  test.each<[string, string, object, RegExp]>([
    [
      'a missing folder',
      'envs/none/shop',
      { reason: 'PathNotFound' },
      /no folder "envs\/none\/shop" \(nothing at "envs\/none"\)/,
    ],
    ['a path that is a file', 'envs/app.yaml', { reason: 'PathNotFound' }, /"envs\/app\.yaml" is a file/],
    ['a path below a file', 'envs/app.yaml/x', { reason: 'PathNotFound' }, /"envs\/app\.yaml" is a file/],
    ['a path through a link', 'link/x', { reason: 'PathNotFound' }, /"link" is a symbolic link/],
    ['more bytes than a folder may have', 'big', { reason: 'TooLarge' }, /"large\.bin" alone is 195\.31 KiB/],
    ['more entries than a folder may have', 'many', { reason: 'TooLarge' }, /more than 10 files/],
  ])('%s', async (_, path, failure, message) => {
    const repository = plain.repository('wanting');
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`many/${index}`, 'x']));
    const commit = await repository.commit({
      'envs/app.yaml': 'a',
      link: { symlink: 'envs' },
      'big/large.bin': new Uint8Array(200_000),
      ...many,
    });
    const source = open(repository.url, { folderBytes: 100_000, folderEntries: 10 });
    const folder = await source.read({ branch: 'main', commit: commitId(commit) }, path, within());
    expect(folder).toMatchObject({ kind: 'rejected', ...failure, message: expect.stringMatching(message) });
  });

  test('an empty repository has no branch yet', async () => {
    const resolved = await open(plain.repository('unborn').url).resolve(['main'], within());
    const head = resolved.kind === 'ok' ? resolved.heads.get('main') : resolved;
    expect(head).toMatchObject({
      reason: 'RefNotFound',
      class: 'change',
      message: expect.stringMatching(/first commit/),
    });
  });
});

function listing(folder: Folder): Record<string, { kind: string; bytes: string }> {
  if (folder.kind !== 'ok') throw new Error(folder.message);
  return Object.fromEntries(
    folder.files.map((file) => [
      Buffer.from(file.path).toString('utf8'),
      { kind: file.kind, bytes: Buffer.from(file.bytes).toString('latin1') },
    ]),
  );
}

function archived(files: Awaited<ReturnType<Repository['archive']>>): ReturnType<typeof listing> {
  return Object.fromEntries(
    [...files].map(([path, file]) => [
      path,
      {
        kind: (file.mode & 0o111) === 0 ? 'file' : 'executable',
        bytes: Buffer.from(file.content).toString('latin1'),
      },
    ]),
  );
}

async function withSubmodule(repository: Repository, head: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> => (await repository.git(...args)).toString().trim();
  await git('read-tree', head);
  await git('update-index', '--add', '--cacheinfo', `160000,${head},f/sub`);
  return git('commit-tree', '-p', head, '-m', 'with a submodule', await git('write-tree'));
}

async function serve(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
