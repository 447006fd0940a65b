// What can be followed beside a branch, and what is told when it is not what it was, on a real API server.
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { useSync } from './harness.ts';

const world = useSync();
const suite = { concurrent: true } as const;
// It waits for a minute, at least.
const late = { ...suite, timeout: 180_000 } as const;
// The next leap day at noon.
const never = { interval: undefined, schedule: '0 12 29 2 *' };

const follows = (ref: object): object => ({ spec: { source: { ref: { branch: undefined, ...ref } } } });

test('a tag is followed where it is moved to, and the move is told', suite, async () => {
  const { git, namespace, apply, published, eventReasons } = world();
  const repository = git.repository('tagged');
  const first = await repository.commit({ 'shop/a': '1' });
  await repository.git('tag', '-a', 'v1', '-m', 'first', first);
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, follows({ tag: 'v1' }));
  expect((await published(ns, first)).status?.revision).toBe(`v1@sha1:${first}`);
  const second = await repository.commit({ 'shop/a': '2' });
  await repository.git('tag', '-f', 'v1', second);
  await published(ns, second);
  await eventually(async () => (await eventReasons(ns)).includes('TagMoved'), { what: 'the Event' });
});

test('a range of versions follows the highest tag in it', suite, async () => {
  const { git, namespace, apply, published, lookNow, read } = world();
  const repository = git.repository('versions');
  const release = async (tag: string): Promise<string> => {
    const commit = await repository.commit({ 'shop/a': tag });
    await repository.git('tag', tag, commit);
    return commit;
  };
  const first = await release('v1.9.0');
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, follows({ semver: '1.x' }));
  expect((await published(ns, first)).status?.revision).toBe(`v1.9.0@sha1:${first}`);
  const second = await release('v1.10.0');
  await published(ns, second);
  await release('v2.0.0');
  await release('v1.11.0-rc.1');
  await lookNow(ns);
  expect((await read(ns)).status?.revision).toBe(`v1.10.0@sha1:${second}`);
});

test('a commit is used, and no other', suite, async () => {
  const { git, namespace, apply, published, lookNow, read } = world();
  const repository = git.repository('pinned');
  const first = await repository.commit({ 'shop/a': '1' });
  await repository.commit({ 'shop/a': '2' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, follows({ commit: first }));
  expect((await published(ns, first)).status?.revision).toBe(`sha1:${first}`);
  await lookNow(ns);
  expect((await read(ns)).status?.remote?.comparison).toBe('UpToDate');
});

test('what does not exist is said, and followed as soon as it does', suite, async () => {
  const { git, namespace, apply, published, condition } = world();
  const repository = git.repository('awaited');
  const commit = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, follows({ tag: 'v1' }));
  await condition(ns, 'Fetched', 'RefNotFound', /tag/);
  await repository.git('tag', 'v1', commit);
  await published(ns, commit);
});

test('how far refused commits are ahead is told, with their subjects', suite, async () => {
  const { git, namespace, apply, published, condition } = world();
  const repository = git.repository('ahead');
  const good = await repository.commit({ 'shop/a': '1' }, { message: 'good' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, good);
  // In one push, so that one read tells of both.
  await repository.setRef('work', good);
  await repository.commit({ shop: null, more: '1' }, { message: 'aside', branch: 'work' });
  const bad = await repository.commit({ other: '1' }, { message: 'bad\u001b[31m', branch: 'work' });
  await repository.setRef('main', bad);
  const { status } = await condition(ns, 'Published', 'PathNotFound');
  expect(status?.remote).toEqual({
    revision: `main@sha1:${bad}`,
    comparison: 'Ahead',
    ahead: 2,
    behind: 0,
    subjects: ['bad [31m', 'aside', 'good'],
  });
});

test('one that was set back, and one that was rewritten, to what cannot be published', suite, async () => {
  const { git, namespace, apply, published, condition } = world();
  const repository = git.repository('back');
  const without = await repository.commit({ other: '1' }, { message: 'without' });
  const good = await repository.commit({ 'shop/a': '1' }, { message: 'good' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, good);
  await repository.setRef('main', without);
  const back = await condition(ns, 'Published', 'PathNotFound');
  expect(back.status?.remote).toMatchObject({ comparison: 'Behind', ahead: 0, behind: 1 });
  const other = await repository.commit({ other: '2' }, { message: 'aside' });
  const diverged = await eventually(
    async () => {
      const config = await world().read(ns);
      return config.status?.remote?.revision === `main@sha1:${other}` ? config : undefined;
    },
    { what: 'the rewritten branch in status.remote' },
  );
  expect(diverged.status?.remote).toMatchObject({ comparison: 'Diverged', ahead: 1, behind: 1 });
  expect(diverged.status?.revision).toBe(`main@sha1:${good}`);
});

test('a branch that was rewritten is followed, and the rewriting is told once', suite, async () => {
  const { git, namespace, apply, published, lookNow, kubectl } = world();
  const repository = git.repository('rewritten');
  await repository.commit({ 'shop/a': '0' });
  const first = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, first);
  const second = await repository.commit({ 'shop/a': '2' }, { force: true });
  await published(ns, second);
  const told = async (): Promise<string> =>
    await kubectl([
      'get',
      'events',
      '-n',
      ns,
      '-o',
      'jsonpath={range .items[*]}{.reason} {.count}{"\\n"}{end}',
    ]);
  await eventually(async () => (await told()).includes('HistoryRewritten'), { what: 'the Event' });
  await lookNow(ns);
  expect((await told()).match(/HistoryRewritten/g)).toHaveLength(1);
});

test('a branch that is deleted and made anew is followed', suite, async () => {
  const { git, namespace, apply, published, condition } = world();
  const repository = git.repository('reborn');
  const first = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, first);
  await repository.setRef('main', undefined);
  const gone = await condition(ns, 'Fetched', 'RefNotFound');
  expect(gone.status?.revision).toContain(first);
  const second = await repository.commit({ 'shop/a': '2' });
  await published(ns, second);
});

test(
  'what could not be read is read as soon as it can be, also long before the next time of a schedule',
  late,
  async () => {
    const { git, namespace, apply, published, condition } = world();
    const repository = git.repository('with-submodule');
    const elsewhere = git.repository('not-yet-pushed');
    const recorded = await elsewhere.commit({ a: '1' });
    const modules = '[submodule "shop/sub"]\n\tpath = shop/sub\n\turl = ../awaited-submodule.git\n';
    const made = await repository.commit({ '.gitmodules': modules, 'shop/a': '1' });
    const run = async (...args: string[]): Promise<string> => `${await repository.git(...args)}`.trim();
    await run('read-tree', made);
    await run('update-index', '--add', '--cacheinfo', `160000,${recorded},shop/sub`);
    const commit = await run('commit-tree', '-p', made, '-m', 'link', await run('write-tree'));
    await repository.setRef('main', commit);
    const ns = await namespace();
    await apply(
      ns,
      { url: repository.url, path: 'shop' },
      { spec: { ...never, source: { submodules: true } } },
    );
    await condition(ns, 'Fetched', 'InvalidSource', /awaited-submodule/);
    await git.repository('awaited-submodule').git('fetch', elsewhere.directory, 'main:main');
    await eventually(() => published(ns, commit), { seconds: 120 });
  },
);
