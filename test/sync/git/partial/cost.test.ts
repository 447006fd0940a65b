// What following a folder costs, in requests and bytes: it depends on the folder, not on the repository.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Repository } from '../../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import type { CommitId } from '../../../../src/api/identifiers.ts';
import { wholeFolder } from '../../../../src/content/select/selection.ts';
import type { Folder, ReadRequest, Source } from '../../../../src/sync/source.ts';
import { openSource } from '../../../support/git-servers/open-source.ts';
import { headOf, main, never } from '../../../support/git-servers/read-source.ts';

let git: GitServer;
let repository: Repository;
let source: Source;
let published: CommitId | undefined;
let bytes = 0;

beforeAll(async () => {
  git = await startGitServer();
  repository = git.repository('monorepo');
  const others = Array.from({ length: 20_000 }, (_, index) => [
    `other/${index % 100}/${index}.yaml`,
    `value: ${index}\n`.repeat(20),
  ]);
  await repository.commit({
    ...Object.fromEntries(others),
    'envs/prod/shop/app.yaml': 'timeout: 1\n',
    'envs/prod/shop/conf.d/limits.yaml': 'limit: 1\n'.repeat(50),
    'envs/prod/web/app.yaml': 'timeout: 1\n',
  });
  source = openSource(repository.url, {
    onBytes: (received) => {
      bytes += received;
    },
  });
});

afterAll(async () => {
  source.close();
  await git.stop();
});

type Cost = { readonly folder: Folder; readonly requests: number; readonly bytes: number };

/** One look and one read. */
async function follow(path = 'envs/prod/shop', more: Partial<ReadRequest> = {}): Promise<Cost> {
  const before = git.requests();
  bytes = 0;
  const head = await headOf(source);
  const folder = await source.read(
    { reference: main, head, selection: wholeFolder(path), submodules: false, published, ...more },
    never,
  );
  expect(folder.kind).toBe('ok');
  published = head.commit;
  return { folder, requests: git.requests() - before, bytes };
}

test('of one among 20 000 other files', async () => {
  const first = await follow();
  // Greeting, refs, commit, the three folders on the way, the folder with what is below it, its files.
  expect(first.requests).toBeLessThanOrEqual(8);
  expect(first.bytes).toBeLessThan(4_096);

  expect(await follow()).toMatchObject({ requests: 1, folder: { history: { comparison: 'UpToDate' } } });

  for (const round of [1, 2, 3]) {
    await repository.commit({ 'envs/prod/shop/app.yaml': `timeout: ${round}0\n` });
    const next = await follow();
    expect(next.requests).toBeLessThanOrEqual(4);
    expect(next.bytes).toBeLessThan(4_096);
    expect(next.folder).toMatchObject({ history: { comparison: 'Ahead', ahead: 1, behind: 0 } });
  }
});

test('of a commit that changes something else', async () => {
  await follow();
  await repository.commit({ 'readme.md': 'hello' });
  // Refs and what has changed; no file is asked for.
  expect((await follow()).requests).toBe(2);
});

test('of a second folder of the same repository', async () => {
  await follow();
  await follow('envs/prod/web');
  await repository.commit({ 'envs/prod/shop/app.yaml': 'both\n', 'envs/prod/web/app.yaml': 'both too\n' });
  const before = published;
  await follow();
  // What has changed there came with the first folder; only its new file is asked for.
  const second = await follow('envs/prod/web', { published: before });
  expect(second.requests).toBe(2);
  expect(second.folder).toMatchObject({ history: { comparison: 'Ahead', ahead: 1 } });
});

test('of a history that was rewritten, or went back', async () => {
  await follow();
  await repository.commit({ 'envs/prod/shop/app.yaml': 'amended\n' }, { force: true });
  const amended = await follow();
  expect(amended.folder).toMatchObject({ history: { comparison: 'Diverged', ahead: 1, behind: 1 } });
  expect(amended.requests).toBeLessThanOrEqual(6);
  await repository.setRef('main', (await repository.git('rev-parse', 'main~2')).toString().trim());
  expect((await follow()).folder).toMatchObject({ history: { comparison: 'Behind', ahead: 0, behind: 2 } });
});

test('of a base that the server no longer has', async () => {
  await follow();
  const anewId = await repository.git('commit-tree', '-m', 'begun anew', 'main^{tree}');
  await repository.setRef('main', anewId.toString().trim());
  await repository.git('gc', '--quiet', '--prune=now');
  const anew = await follow();
  expect(anew.folder).toMatchObject({ history: { comparison: 'Unknown', subjects: ['begun anew'] } });
  expect(anew.bytes).toBeLessThan(4_096);
});

test('of a push of more than is followed at once', async () => {
  await follow();
  const all = Array.from({ length: 20_000 }, (_, index) => [
    `other/${index % 100}/${crypto.randomUUID()}`,
    `${index}`,
  ]);
  await repository.commit({ ...Object.fromEntries(all), 'envs/prod/shop/app.yaml': 'last\n' });
  const last = await follow();
  expect(last.folder).toMatchObject({ history: { comparison: 'Ahead', ahead: 1 } });
  // Cut off, and then down the path.
  expect(last.bytes).toBeLessThan(600 * 1024);
});
