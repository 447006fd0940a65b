// The Git source against a real Git server: what is read, of which reference, and what is said where it cannot be.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runGit } from '../../../local/git-server/git.ts';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import { type CommitId, parseCommitId } from '../../../src/api/identifiers.ts';
import { type Reference, referenceKey } from '../../../src/api/reference.ts';
import { wholeFolder } from '../../../src/content/select/selection.ts';
import type { Folder, Head, ReadRequest, Source, SourceFailure } from '../../../src/sync/source.ts';
import { type Front, startFront } from '../../support/git-servers/front.ts';
import { type OpenOptions, openSource } from '../../support/git-servers/open-source.ts';
import { never } from '../../support/git-servers/read-source.ts';
import { serve } from './http/harness.ts';

const main: Reference = { kind: 'branch', name: 'main' };
const dialects = ['v2', 'v2-without-filter', 'v0'] as const;

let git: GitServer;
const fronts = new Map<string, Front>();
const opened: Source[] = [];

beforeAll(async () => {
  git = await startGitServer();
  for (const speaks of dialects) fronts.set(speaks, await startFront({ target: git, speaks }));
});

afterAll(async () => {
  for (const source of opened) source.close();
  for (const front of fronts.values()) await front.stop();
  await git.stop();
});

function open(repository: Repository, options: OpenOptions & { speaks?: string } = {}): Source {
  const front = fronts.get(options.speaks ?? 'v2');
  const source = openSource(repository.url.replace(git.url, front?.url ?? git.url), options);
  opened.push(source);
  return source;
}

async function look(source: Source, reference: Reference): Promise<Head | SourceFailure> {
  const resolved = await source.resolve([reference], never);
  if (resolved.kind === 'failed') return resolved;
  const head = resolved.heads.get(referenceKey(reference));
  if (head === undefined) throw new Error('the look left it out');
  return head;
}

async function headOf(source: Source, reference = main): Promise<Head> {
  const head = await look(source, reference);
  if ('kind' in head) throw new Error(head.message);
  return head;
}

async function readHead(
  source: Source,
  path = '',
  more: Partial<ReadRequest> = {},
  reference = main,
): Promise<Folder> {
  const head = more.head ?? (await headOf(source, reference));
  return source.read(
    { reference, head, selection: wholeFolder(path), submodules: false, published: undefined, ...more },
    never,
  );
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
  test.each(dialects)(
    'equals git archive, byte for byte and with its modes, from a server of %s',
    async (speaks) => {
      const repository = git.repository(`odd-${speaks}`);
      const inFolder = Object.fromEntries(
        Object.entries(oddFiles).map(([path, content]) => [`envs/prod/shop/${path}`, content]),
      );
      const commit = await repository.commit({ ...inFolder, 'envs/prod/other.yaml': 'no', 'root.txt': 'r' });
      const source = open(repository, { speaks });
      for (const path of ['envs/prod/shop', 'envs', '']) {
        const folder = await readHead(source, path);
        expect(listing(folder)).toEqual(archived(await repository.archive(commit, path)));
      }
    },
  );

  test('comes with author and subject of the commit', async () => {
    const repository = git.repository('authored');
    await repository.commit(
      { a: '1' },
      { message: 'raise the timeout\n\nbecause', author: { name: 'Ada Ä', email: 'ada@example.com' } },
    );
    expect(await readHead(open(repository))).toMatchObject({
      kind: 'ok',
      author: 'Ada Ä',
      subject: 'raise the timeout',
      history: { subjects: ['raise the timeout'] },
    });
  });

  test.each(dialects)('is an older commit of the branch as it was, from a server of %s', async (speaks) => {
    const repository = git.repository(`older-${speaks}`);
    const first = commitId(await repository.commit({ a: '1' }));
    await repository.commit({ a: '2' });
    const folder = await readHead(open(repository, { speaks }), '', {
      head: { name: 'main', commit: first },
    });
    expect(listing(folder)).toMatchObject({ a: { bytes: '1' } });
  });

  test.each(dialects)('is told as moved when the commit is gone, by a server of %s', async (speaks) => {
    const repository = git.repository(`gone-${speaks}`);
    await repository.commit({ a: '1' });
    const gone = commitId('1'.repeat(40));
    const folder = await readHead(open(repository, { speaks }), '', { head: { name: 'main', commit: gone } });
    expect(folder).toMatchObject({ kind: 'moved', message: expect.stringContaining('1111111') });
  });

  test('tells symbolic links and submodules as what they are', async () => {
    const repository = git.repository('links');
    await repository.commit({ 'f/a': '1', 'f/link': { symlink: '../secret' } });
    const head = await repository.head();
    await repository.git('update-ref', 'refs/heads/main', await withSubmodule(repository, head ?? ''));
    const folder = await readHead(open(repository), 'f');
    expect(listing(folder)).toMatchObject({ link: { kind: 'symlink' }, sub: { kind: 'submodule' } });
  });

  test('is reported while it comes, in bytes and objects', async () => {
    const repository = git.repository('reported');
    await repository.commit({ a: crypto.getRandomValues(new Uint8Array(60_000)) });
    const told: { bytes: number; objects: number | undefined }[] = [];
    await readHead(open(repository), '', { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)?.bytes).toBeGreaterThan(60_000);
    // Commit, root and file.
    expect(told.at(-1)?.objects).toBe(3);
    expect(told.map(({ bytes }) => bytes)).toEqual(told.map(({ bytes }) => bytes).sort((a, b) => a - b));
  });
});

test.each(dialects)('objects are counted while a large answer of %s comes', async (speaks) => {
  const repository = git.repository(`counted-${speaks}`);
  await repository.commit({ a: randomBytes(600_000) });
  const told: { bytes: number; objects: number | undefined }[] = [];
  await readHead(open(repository, { speaks }), '', { onProgress: (progress) => told.push(progress) });
  const early = told.find(({ bytes, objects }) => bytes < 500_000 && objects === 3);
  expect(early).toBeDefined();
  expect(told.at(-1)?.objects).toBe(3);
});

describe('a reference', () => {
  test.each(dialects)('of any kind leads to its commit, on a server of %s', async (speaks) => {
    const repository = git.repository(`refs-${speaks}`);
    const first = await repository.commit({ a: '1' });
    await repository.git('tag', 'v1.0.0', first);
    await repository.git('tag', '-a', '-m', 'annotated', 'v1.2.0', first);
    const second = await repository.commit({ a: '2' });
    await repository.git('tag', '-a', '-m', 'annotated', '1.10.0', second);
    await repository.git('tag', 'v2.0.0-rc.1', second);
    await repository.setRef('main2', first);
    const source = open(repository, { speaks });
    const commit = commitId(first);
    const rows: [Reference, Head][] = [
      [main, { name: 'main', commit: commitId(second) }],
      [
        { kind: 'tag', name: 'v1.2.0' },
        { name: 'v1.2.0', commit },
      ],
      [
        { kind: 'tag', name: 'v1.0.0' },
        { name: 'v1.0.0', commit },
      ],
      [
        { kind: 'semver', range: '~1.2' },
        { name: 'v1.2.0', commit },
      ],
      [
        { kind: 'semver', range: '>=1' },
        { name: '1.10.0', commit: commitId(second) },
      ],
      [
        { kind: 'semver', range: '>=2.0.0-0' },
        { name: 'v2.0.0-rc.1', commit: commitId(second) },
      ],
      [
        { kind: 'commit', commit },
        { name: '', commit },
      ],
    ];
    const resolved = await source.resolve(
      rows.map(([reference]) => reference),
      never,
    );
    expect(resolved).toEqual({
      kind: 'ok',
      heads: new Map(rows.map(([reference, head]) => [referenceKey(reference), head])),
    });
    for (const [reference, head] of rows) {
      const folder = await readHead(source, '', { head }, reference);
      expect(listing(folder), referenceKey(reference)).toMatchObject({
        a: { bytes: head.commit === commit ? '1' : '2' },
      });
    }
  });

  test.each<[string, Reference, RegExp]>([
    ['a branch', { kind: 'branch', name: 'mai' }, /no branch "mai"/],
    ['a tag', { kind: 'tag', name: 'v9' }, /no tag "v9"/],
    ['a name that no ref can have', { kind: 'branch', name: 'a\nwant b' }, /no branch/],
    [
      'a range',
      { kind: 'semver', range: '9.x' },
      /no tag within the range "9\.x".*versions are "v2\.0\.0", "v1\.0\.0"/,
    ],
  ])('to what is not there says so: %s', async (_, reference, message) => {
    const repository = git.repository('absent');
    if ((await repository.head()) === undefined) {
      const commit = await repository.commit({ a: '1' });
      await repository.git('tag', 'v1.0.0', commit);
      await repository.git('tag', 'v2.0.0', commit);
    }
    expect(await look(open(repository), reference)).toMatchObject({
      kind: 'failed',
      reason: 'RefNotFound',
      class: 'change',
      message: expect.stringMatching(message),
    });
  });

  test('to a commit that is not there is found out when it is read', async () => {
    const repository = git.repository('no-commit');
    await repository.commit({ a: '1' });
    const reference: Reference = { kind: 'commit', commit: commitId('2'.repeat(40)) };
    for (const speaks of dialects) {
      expect(await readHead(open(repository, { speaks }), '', {}, reference)).toMatchObject({
        kind: 'failed',
        reason: 'RefNotFound',
        message: expect.stringMatching(/commit 2222222.*spec\.source\.ref\./),
      });
    }
  });

  test('to a tag of a folder is refused in words', async () => {
    const repository = git.repository('tagged-tree');
    const commit = await repository.commit({ 'f/a': '1' });
    await repository.git('tag', 'tree', `${commit}:f`);
    const reference: Reference = { kind: 'tag', name: 'tree' };
    expect(await readHead(open(repository), '', {}, reference)).toMatchObject({
      kind: 'failed',
      reason: 'RefNotFound',
      message: expect.stringMatching(/tag "tree".*not of a commit.*spec\.source\.ref\.tag/),
    });
  });

  test('of a repository with SHA-256 names is refused in words', async () => {
    const repository = git.repository('sha256');
    await runGit(repository.directory, ['init', '--quiet', '--bare', '--object-format=sha256', 'inner.git']);
    const directory = `${repository.directory}/inner.git`;
    const tree = (await runGit(directory, ['mktree'])).toString().trim();
    const commit = (await runGit(directory, ['commit-tree', '-m', 'x', tree])).toString().trim();
    await runGit(directory, ['update-ref', 'refs/heads/main', commit]);
    for (const speaks of ['v2', 'v0']) {
      const front = fronts.get(speaks);
      const source = openSource(`${front?.url}/sha256.git/inner.git`);
      opened.push(source);
      expect(await look(source, main)).toMatchObject({
        reason: 'InvalidSource',
        class: 'person',
        message: expect.stringMatching(/SHA-256/),
      });
    }
  });

  test.each(dialects)('of a repository that is empty is not there yet, on a server of %s', async (speaks) => {
    expect(await look(open(git.repository('unborn'), { speaks }), main)).toMatchObject({
      reason: 'RefNotFound',
      class: 'change',
      message: expect.stringMatching(/first commit/),
    });
  });
});

test('one look is one request for all references, once the server is known', async () => {
  const repository = git.repository('looked-at');
  const commit = commitId(await repository.commit({ a: '1' }));
  await repository.setRef('release/1.2', commit);
  const source = open(repository);
  const requests = async (references: readonly Reference[]): Promise<number> => {
    const before = git.requests();
    expect((await source.resolve(references, never)).kind).toBe('ok');
    return git.requests() - before;
  };
  const release: Reference = { kind: 'branch', name: 'release/1.2' };
  expect(await requests([main])).toBe(2);
  expect(await requests([main, release, { kind: 'semver', range: '1.x' }])).toBe(1);
  // A commit is where it is; the server is asked whether it is there at all.
  expect(await requests([{ kind: 'commit', commit }])).toBe(1);
});

test.each(['v2', 'v0'])(
  'who gives a read its time waits that long for a server that packs: %s',
  async (speaks) => {
    const repository = git.repository(`packs-${speaks}`);
    await repository.commit({ 'shop/a': '1' });
    const target = fronts.get(speaks)?.url ?? git.url;
    await using slow = await serve(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
      const body = Buffer.concat(pieces);
      if (body.includes('want ')) await delay(2_500);
      const protocol = request.headers['git-protocol'];
      const answer = await fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          'content-type': request.headers['content-type'] ?? '',
          ...(typeof protocol === 'string' ? { 'git-protocol': protocol } : {}),
        },
        ...(body.length === 0 ? {} : { body }),
      });
      const type = answer.headers.get('content-type') ?? '';
      response.writeHead(answer.status, { 'content-type': type });
      response.end(Buffer.from(await answer.arrayBuffer()));
    }, 'all');
    const limits = { headMilliseconds: 1_200, lowSpeedMilliseconds: 2_000 };
    const source = openSource(repository.url.replace(git.url, slow.url), { limits });
    opened.push(source);
    const usual = await readHead(source, 'shop');
    expect(usual).toMatchObject({ kind: 'failed', reason: 'Timeout' });
    expect(usual).toMatchObject({ message: expect.stringContaining('did not begin an answer within 1.2 s') });
    const patient = await readHead(source, 'shop', { withinMilliseconds: 100_000 });
    expect(listing(patient)).toEqual({ a: { kind: 'file', bytes: '1' } });
  },
  120_000,
);

describe('what is held in memory', () => {
  test('is waited for with a large answer under way, on no deadline of the server', async () => {
    const repository = git.repository('held');
    const random = () => crypto.getRandomValues(new Uint8Array(60_000));
    await repository.commit({ a: random(), b: random(), c: random() });
    const limits = { idleMilliseconds: 1_000, overallMilliseconds: 5_000, readMilliseconds: 5_000 };
    let asked = 0;
    const folder = await readHead(open(repository, { limits }), '', {
      admit: async () => {
        asked += 1;
        if (asked === 1) await delay(8_000);
      },
    });
    expect(folder.kind).toBe('ok');
    expect(asked).toBeGreaterThan(0);
  });

  test('is waited for when a small answer inflates to much', async () => {
    const repository = git.repository('inflating');
    await repository.commit({ a: Buffer.alloc(3_000_000) });
    let asked = 0;
    let bytes = 0;
    const held: (number | undefined)[] = [];
    const folder = await readHead(open(repository), '', {
      async admit() {
        asked += 1;
      },
      onProgress(progress) {
        bytes = progress.bytes;
        held.push(progress.heldBytes);
      },
    });
    expect(folder.kind).toBe('ok');
    expect(bytes).toBeLessThan(16 * 1024);
    expect(asked).toBe(1);
    expect(held.at(-1)).toBeGreaterThan(3_000_000);
  });

  test('is told as the wait for the server goes on after it was admitted', async () => {
    const repository = git.repository('told-again');
    await repository.commit({ a: randomBytes(200_000) });
    for (const speaks of dialects) {
      const told: string[] = [];
      await readHead(open(repository, { speaks }), '', {
        admit: async () => void told.push('admit'),
        onProgress: () => void told.push('progress'),
      });
      expect(told).toContain('admit');
      expect(told.at(-1)).toBe('progress');
      const wasTold = told.flatMap((each, index) => (each === 'admit' ? [told[index + 1]] : []));
      expect(wasTold[0]).toBe('progress');
    }
  });

  test('is not waited for when it is little', async () => {
    const repository = git.repository('light');
    await repository.commit({ a: '1' });
    const admit = () => Promise.reject(new Error('it was asked'));
    expect((await readHead(open(repository), '', { admit })).kind).toBe('ok');
  });
});

describe('when the revision does not hold what is wanted', () => {
  test('folders deeper than a Pod may have', async () => {
    const repository = git.repository('deep');
    await repository.commit({ [`deep/${'long/'.repeat(820)}x`]: 'x' });
    expect(await readHead(open(repository), 'deep')).toMatchObject({
      reason: 'UnsupportedFile',
      message: expect.stringMatching(/^folder "long\/long.* is longer than 4096 bytes/),
    });
  });

  test.each<[string, string, object, RegExp]>([
    [
      'a missing folder',
      'envs/none/shop',
      { reason: 'PathNotFound' },
      /no folder or file "envs\/none\/shop" \(nothing at "envs\/none"\)/,
    ],
    ['a path below a file', 'envs/app.yaml/x', { reason: 'PathNotFound' }, /"envs\/app\.yaml" is a file/],
    ['a path through a link', 'link/x', { reason: 'PathNotFound' }, /"link" is a symbolic link/],
    ['more bytes than a folder may have', 'big', { reason: 'TooLarge' }, /"large\.bin" alone is 195\.31 KiB/],
    ['more bytes than are even received', 'huge', { reason: 'TooLarge' }, /more than 97\.66 KiB/],
    ['more entries than a folder may have', 'many', { reason: 'TooLarge' }, /more than 10 files/],
    ['more entries than are even received', 'wide', { reason: 'TooLarge' }, /more than 10 files/],
  ])('%s', async (_, path, failure, message) => {
    const repository = git.repository('wanting');
    const fill = (folder: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/${index}`, `${index}`]));
    if ((await repository.head()) === undefined) {
      await repository.commit({
        'envs/app.yaml': 'a',
        link: { symlink: 'envs' },
        'big/large.bin': new Uint8Array(200_000),
        ...Object.fromEntries(
          Array.from({ length: 10 }, (_, index) => [
            `huge/${index}`,
            crypto.getRandomValues(new Uint8Array(60_000)),
          ]),
        ),
        ...fill('many', 11),
        ...fill('wide', 20_000),
      });
    }
    const source = open(repository, { limits: { folderBytes: 100_000, folderEntries: 10 } });
    const folder = await readHead(source, path);
    expect(folder).toMatchObject({ kind: 'rejected', ...failure, message: expect.stringMatching(message) });
  });
});

test('an abort ends a wait at once, with its own reason', async () => {
  const repository = git.repository('aborted');
  await repository.commit({ a: '1' });
  const front = await startFront({ target: git });
  front.misbehave({ onExchange: () => {} });
  const source = openSource(repository.url.replace(git.url, front.url));
  try {
    const stop = new AbortController();
    const looking = source.resolve([main], stop.signal);
    stop.abort(new Error('stopped'));
    await expect(looking).rejects.toThrow('stopped');
  } finally {
    source.close();
    await front.stop();
  }
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
  const run = async (...args: string[]): Promise<string> => (await repository.git(...args)).toString().trim();
  await run('read-tree', head);
  await run('update-index', '--add', '--cacheinfo', `160000,${head},f/sub`);
  return run('commit-tree', '-p', head, '-m', 'with a submodule', await run('write-tree'));
}
