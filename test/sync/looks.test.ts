// When Git is looked at, and what the status tells of it meanwhile, on a real API server.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { conditionOf, useSync } from './harness.ts';
import { slowToRead } from './slow-to-read.ts';

const world = useSync();
const suite = { concurrent: true } as const;
// Far enough away for any test, whenever it runs: the next leap day at noon is, save on such a day.
const never = { spec: { interval: undefined, schedule: '0 12 29 2 *', timeZone: 'Europe/Berlin' } };

test(
  'with a schedule alone Git is looked at when the GitConfig is made, changed or asked to',
  suite,
  async () => {
    const { git, namespace, apply, published, read, lookNow } = world();
    const repository = git.repository('scheduled');
    const first = await repository.commit({ 'shop/a': '1', 'other/a': '1' });
    const ns = await namespace();
    const options = { url: repository.url, path: 'shop' };
    await apply(ns, options, never);
    expect((await published(ns, first)).spec.interval).toBeUndefined();
    const second = await repository.commit({ 'shop/a': '2' });
    await delay(7_000);
    expect((await read(ns)).status?.revision).toContain(first);
    await lookNow(ns);
    await published(ns, second);
  },
);

test('a schedule that cannot be understood is said, and last good stays', suite, async () => {
  const { git, namespace, apply, published, condition } = world();
  const repository = git.repository('misscheduled');
  const commit = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  const options = { url: repository.url, path: 'shop' };
  await apply(ns, options);
  const { hash } = (await published(ns, commit)).status ?? {};
  await apply(ns, options, { spec: { schedule: '61 * * * *' } });
  expect((await condition(ns, 'Fetched', 'InvalidSchedule', /five fields/)).status?.hash).toBe(hash);
  await apply(ns, options, { spec: { schedule: '1 * * * *', timeZone: 'Europe/Nowhere' } });
  await condition(ns, 'Fetched', 'InvalidSchedule', /timeZone/);
  await apply(ns, options, { spec: { schedule: '1 * * * *', timeZone: 'Europe/Berlin' } });
  await condition(ns, 'Fetched', 'Succeeded');
});

test('a range of versions that is none is said', suite, async () => {
  const { git, namespace, apply, condition } = world();
  const repository = git.repository('misranged');
  await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  const ref = { branch: undefined, semver: '1.2.3.4.5' };
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { source: { ref } } });
  await condition(ns, 'Fetched', 'InvalidSource', /range of versions/);
});

test('the status tells what Git has beside what is published', suite, async () => {
  const { git, namespace, apply, published, condition, writes } = world();
  const repository = git.repository('beside');
  const good = await repository.commit({ 'shop/a': '1' }, { message: 'good' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  const { status } = await published(ns, good);
  expect(status?.remote).toMatchObject({
    revision: status?.revision,
    comparison: 'UpToDate',
    ahead: 0,
    behind: 0,
  });
  const bad = await repository.commit({ shop: null, other: 'x' }, { message: 'bad' });
  const refused = await condition(ns, 'Published', 'PathNotFound');
  expect(refused.status).toMatchObject({ revision: status?.revision, hash: status?.hash });
  expect(refused.status?.remote?.revision).toBe(`main@sha1:${bad}`);
  const since = Date.now();
  await delay(11_000);
  expect(await writes(ns, since)).toEqual([]);
});

test('a fetch that takes long is told while it lasts, and nothing else is lost by it', suite, async () => {
  const { git, namespace, apply, published, read, kubectl, output } = world();
  await using slow = await slowToRead(git);
  const repository = git.repository('slow');
  const first = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  await apply(ns, { url: repository.url.replace(git.url, slow.url), path: 'shop', interval: '1m' });
  const before = await published(ns, first);
  slow.delay(4_000);
  const second = await repository.commit({ 'shop/a': '2' });
  await kubectl(['annotate', 'gitconfig', 'shop', 'confroll.dev/sync-requested-at=now', '-n', ns]);
  const during = await eventually(
    async () => {
      const config = await read(ns);
      return config.status?.fetching === undefined ? undefined : config;
    },
    { what: 'a fetch that is told' },
  );
  expect(during.status?.fetching).toEqual({
    revision: `main@sha1:${second}`,
    bytes: expect.any(Number),
    since: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]{8}Z$/),
  });
  expect(await output()).toContain('fetch is under way');
  expect(conditionOf(during, 'Fetched')).toMatchObject({
    status: 'Unknown',
    reason: 'Fetching',
    message: `main@sha1:${second.slice(0, 7)} is the newest revision, and is being fetched`,
  });
  const { fetching: _, conditions: __, ...others } = during.status ?? {};
  const { conditions: ___, ...stood } = before.status ?? {};
  expect(others).toEqual(stood);
  expect(conditionOf(during, 'Published')).toEqual(conditionOf(before, 'Published'));
  const after = await published(ns, second);
  expect(after.status?.fetching).toBeUndefined();
  expect(conditionOf(after, 'Published')?.status).toBe('True');
});

test('what was told of a fetch is taken back when the GitConfig is suspended meanwhile', suite, async () => {
  const { git, namespace, apply, read } = world();
  await using slow = await slowToRead(git);
  const repository = git.repository('slow-and-suspended');
  await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  const options = { url: repository.url.replace(git.url, slow.url), path: 'shop', interval: '1m' };
  slow.delay(4_000);
  await apply(ns, options);
  await eventually(async () => (await read(ns)).status?.fetching !== undefined, { what: 'a slow fetch' });
  await apply(ns, options, { spec: { suspend: true } });
  await eventually(async () => (await read(ns)).status?.fetching === undefined, { what: 'no fetch' });
});

test('commits that are pushed while one is read are one: the last', suite, async () => {
  const { git, namespace, apply, published } = world();
  await using slow = await slowToRead(git);
  const repository = git.repository('coalesced');
  const first = await repository.commit({ 'shop/a': '0' });
  const ns = await namespace();
  await apply(ns, { url: repository.url.replace(git.url, slow.url), path: 'shop' });
  await published(ns, first);
  slow.delay(2_500);
  const reads = slow.reads();
  await repository.commit({ 'shop/a': '1' });
  await eventually(() => slow.reads() > reads, { what: 'a read that is under way' });
  let last = '';
  for (let index = 2; index < 8; index += 1) last = await repository.commit({ 'shop/a': `${index}` });
  const config = await published(ns, last);
  expect(config.status?.revisions?.length).toBeLessThanOrEqual(3);
});
