// Layers, one file, globs and .confrollignore against a real Git server: what is read, what it costs, and what is said.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import { type Selection, wholeFolder } from '../../../src/content/select/selection.ts';
import type { Folder, Source } from '../../../src/sync/source.ts';
import { type Front, startFront } from '../../support/git-servers/front.ts';
import { type OpenOptions, openSource } from '../../support/git-servers/open-source.ts';
import { headOf, never, reading } from '../../support/git-servers/read-source.ts';

const dialects = ['v2', 'v2-commits-only', 'v0'] as const;

let git: GitServer;
let repository: Repository;
const fronts = new Map<string, Front>();
const opened: Source[] = [];

beforeAll(async () => {
  git = await startGitServer();
  for (const speaks of dialects) fronts.set(speaks, await startFront({ target: git, speaks }));
  repository = git.repository('layered');
  await repository.commit({
    'base/app.yaml': 'base',
    'base/conf.d/a.conf': 'a of base',
    'base/conf.d/b.conf': 'b of base',
    'base/run': { executable: true, content: 'run' },
    'base/plugin': 'a file',
    'base/large.bin': randomBytes(400_000),
    'envs/prod/.confrollignore': '# not for Pods\n*.md\n',
    'envs/prod/app.yaml': 'prod',
    'envs/prod/conf.d/b.conf': 'b of prod',
    'envs/prod/plugin/x': 'now a folder',
    'envs/prod/README.md': 'read me',
    'envs/bad/.confrollignore': 'a\n!b\n',
    'envs/bad/a': 'a',
  });
});

afterAll(async () => {
  for (const source of opened) source.close();
  for (const front of fronts.values()) await front.stop();
  await git.stop();
});

function open(speaks: string, options: OpenOptions = {}): Source {
  const source = openSource(repository.url.replace(git.url, fronts.get(speaks)?.url ?? git.url), options);
  opened.push(source);
  return source;
}

const layered = (paths: readonly string[], more: Partial<Selection> = {}): Selection => ({
  ...wholeFolder(''),
  paths,
  setting: 'spec.paths',
  ignoreFiles: true,
  ...more,
});

async function read(source: Source, selection: Selection): Promise<Folder> {
  return source.read({ ...reading(await headOf(source)), selection }, never);
}

function listing(folder: Folder): Record<string, string> {
  if (folder.kind !== 'ok') throw new Error(`${folder.kind}: ${folder.message}`);
  return Object.fromEntries(
    folder.files.map(({ path, kind, bytes }) => {
      const text = Buffer.from(bytes).toString();
      return [Buffer.from(path).toString(), kind === 'file' ? text : `${kind}: ${text}`];
    }),
  );
}

const prod = {
  'app.yaml': 'prod',
  'conf.d/a.conf': 'a of base',
  'conf.d/b.conf': 'b of prod',
  'plugin/x': 'now a folder',
  run: 'executable: run',
};

describe.each(dialects)('from a server of %s', (speaks) => {
  test('layers are one folder, without what is left out', async () => {
    const selection = layered(['base', 'envs/prod'], { exclude: ['*.bin'] });
    expect(listing(await read(open(speaks), selection))).toEqual(prod);
  });

  test('a file is itself, under its own name', async () => {
    expect(listing(await read(open(speaks), layered(['base/run'])))).toEqual({ run: 'executable: run' });
    const both = layered(['base/conf.d', 'envs/prod/app.yaml']);
    expect(listing(await read(open(speaks), both))).toEqual({
      'a.conf': 'a of base',
      'app.yaml': 'prod',
      'b.conf': 'b of base',
    });
  });

  test('a file that is wanted though it is not selected comes beside the others', async () => {
    const selection = layered(['envs/prod'], { include: ['app.yaml'], also: ['README.md', 'none'] });
    const folder = await read(open(speaks), selection);
    expect(listing(folder)).toEqual({ 'app.yaml': 'prod' });
    expect(folder).toMatchObject({ others: [{ path: Buffer.from('README.md'), kind: 'file' }] });
  });

  test('a layer that is not there is named', async () => {
    expect(await read(open(speaks), layered(['base', 'envs/none/x']))).toMatchObject({
      kind: 'rejected',
      reason: 'PathNotFound',
      message:
        'the revision has no folder or file "envs/none/x" (nothing at "envs/none"): correct spec.paths, or push the folder',
    });
  });

  test('an ignore file that is not understood is refused with its line', async () => {
    expect(await read(open(speaks), layered(['envs/bad']))).toMatchObject({
      reason: 'Invalid',
      message: expect.stringMatching(/^envs\/bad\/\.confrollignore:2: the line begins with '!'/),
    });
  });

  test('nothing left is no empty folder', async () => {
    expect(await read(open(speaks), layered(['envs/prod'], { include: ['*.md'] }))).toMatchObject({
      reason: 'PathEmpty',
      message: expect.stringContaining('none of the 4 files is left'),
    });
  });
});

test('what is left out or replaced is not fetched, and layers cost no request more than one folder', async () => {
  let bytes = 0;
  const onBytes = (received: number): void => {
    bytes += received;
  };
  const cost = async (selection: Selection) => {
    const source = open('v2', { onBytes });
    const head = await headOf(source);
    const before = git.requests();
    bytes = 0;
    const folder = await source.read({ ...reading(head), selection }, never);
    return { kind: folder.kind, bytes, requests: git.requests() - before, source };
  };
  const one = await cost(layered(['envs/prod/conf.d']));
  const two = await cost(layered(['base/conf.d', 'envs/prod/conf.d']));
  expect(two).toMatchObject({ kind: 'ok', requests: one.requests });
  const selected = await cost(layered(['base', 'envs/prod'], { exclude: ['*.bin'] }));
  expect(selected.kind).toBe('ok');
  expect(selected.bytes).toBeLessThan(8 * 1024);

  // With the next commit only what has changed.
  await repository.commit({ 'envs/prod/app.yaml': 'prod, changed', 'base/app.yaml': 'base, changed' });
  const head = await headOf(selected.source);
  const before = git.requests();
  const selection = layered(['base', 'envs/prod'], { exclude: ['*.bin'] });
  const next = await selected.source.read({ ...reading(head), selection }, never);
  expect(listing(next)).toEqual({ ...prod, 'app.yaml': 'prod, changed' });
  expect(git.requests() - before).toBe(2);

  // One file is kept as folders are.
  const file = layered(['envs/prod/app.yaml']);
  const single = open('v2');
  await read(single, file);
  const again = git.requests();
  expect(listing(await read(single, file))).toEqual({ 'app.yaml': 'prod, changed' });
  expect(git.requests() - again).toBe(1);
});
