// A person wants something else while a server takes its time: the fetch ends then, and not an hour later.
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { conditionOf, useSync } from './harness.ts';
import { slowToRead } from './slow-to-read.ts';

const world = useSync();
const patient = { spec: { source: { timeout: '1h' } } };

async function fetching(name: string) {
  const { git, namespace, apply, read } = world();
  const slow = await slowToRead(git);
  const repository = git.repository(name);
  await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  const options = { url: repository.url.replace(git.url, slow.url), path: 'shop', interval: '1h' };
  slow.delay(3_600_000);
  await apply(ns, options, patient);
  await eventually(async () => (await read(ns)).status?.fetching !== undefined, { what: 'a slow fetch' });
  expect(await inProgress()).toBe(1);
  return { ns, options, slow };
}

async function inProgress(): Promise<number | undefined> {
  const { values } =
    (await world().registry.getSingleMetric('confroll_git_fetches_in_progress')?.get()) ?? {};
  return values?.[0]?.value;
}

const ended = { what: 'the end of the fetch' };

test('a GitConfig that is deleted is fetched for no more', async () => {
  const { ns, slow } = await fetching('deleted');
  await using _ = slow;
  await world().kubectl(['delete', 'gitconfig', 'shop', '-n', ns]);
  await eventually(async () => (await inProgress()) === 0, ended);
  await eventually(() => slow.open() === 0, { what: 'no connection' });
});

test('one that is suspended says that its fetch was given up, and fetches when it is taken up again', async () => {
  const { ns, options, slow } = await fetching('suspended');
  await using _ = slow;
  const { apply, read, published } = world();
  await apply(ns, options, { spec: { suspend: true } });
  await eventually(async () => (await inProgress()) === 0, ended);
  await eventually(async () => (await read(ns)).status?.fetching === undefined, {
    what: 'no fetch in status',
  });
  expect(conditionOf(await read(ns), 'Fetched')).toMatchObject({ status: 'Unknown', reason: 'Suspended' });
  slow.delay(0);
  await apply(ns, options, { spec: { suspend: false } });
  await published(ns, '');
});

test('one that names another repository has that one at once', async () => {
  const { ns, options, slow } = await fetching('changed');
  await using _ = slow;
  const { git, apply, published } = world();
  const other = git.repository('other');
  const commit = await other.commit({ 'shop/a': '2' });
  await apply(ns, { ...options, url: other.url }, patient);
  await published(ns, commit);
  expect(await inProgress()).toBe(0);
  await eventually(() => slow.open() === 0, { what: 'no connection' });
});

test('a look that hangs is ended with its GitConfig, too', async () => {
  const { git, namespace, apply, kubectl } = world();
  await using slow = await slowToRead(git, ['refs']);
  const repository = git.repository('hangs');
  await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  slow.delay(3_600_000);
  const options = { url: repository.url.replace(git.url, slow.url), path: 'shop', interval: '1h' };
  await apply(ns, options, patient);
  await eventually(() => slow.open() === 1, { what: 'a look' });
  await kubectl(['delete', 'gitconfig', 'shop', '-n', ns]);
  await eventually(() => slow.open() === 0, { what: 'no connection' });
});
