// A Snapshot that workloads name and somebody deleted, on a real API server with a real Git server. What the reloader would
// list as missing is written by the test.
import { expect, test } from 'vitest';
import { eventually, stays } from '../../support/eventually.ts';
import { useSync } from '../harness.ts';
import { sayMissing } from './missing.ts';

const world = useSync();
const suite = { concurrent: true, timeout: 120_000 } as const;

async function shop(name: string) {
  const repository = world().git.repository(name);
  const ns = await world().namespace();
  const kubectl = (...args: string[]) => world().kubectl(['-n', ns, ...args]);
  const apply = (spec: object = {}) =>
    world().apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: false, ...spec } });
  const publish = async (text: string, options: Parameters<typeof repository.commit>[1] = {}) => {
    const commit = await repository.commit({ 'shop/page.txt': text }, options);
    if ((await kubectl('get', 'gitconfigs', '-o', 'name')) === '') await apply();
    else await world().lookNow(ns);
    return (await world().published(ns, commit)).status?.hash ?? '';
  };
  return {
    ns,
    repository,
    kubectl,
    apply,
    publish,
    missing: (...hashes: string[]) => sayMissing(world().kube, ns, hashes),
    names: async () => (await world().snapshots(ns)).map(({ metadata }) => metadata.name).sort(),
    lost: async () => (await world().read(ns)).status?.lost,
    events: async () => await kubectl('get', 'events', '-o', 'jsonpath={.items[*].message}'),
  };
}

test('is made again from the commit that had it, as it was', suite, async () => {
  const it = await shop('restored');
  const one = await it.publish('one');
  const [before] = await world().snapshots(it.ns);
  const two = await it.publish('two');
  await it.kubectl('delete', 'configmap', `shop-${one}`);
  await it.missing(one);
  await eventually(async () => (await it.names()).includes(`shop-${one}`));
  const after = (await world().snapshots(it.ns)).find(({ metadata }) => metadata.name === `shop-${one}`);
  expect(after?.data).toEqual(before?.data);
  expect(after?.metadata.annotations).toEqual(before?.metadata.annotations);
  expect((await world().read(it.ns)).status).toMatchObject({ hash: two });
  expect(await it.lost()).toBeUndefined();
  await eventually(async () => (await world().eventReasons(it.ns)).includes('SnapshotRestored'));
  expect(await world().registry.metrics()).toMatch(
    /confroll_snapshots_restored_total\{outcome="success"\} [1-9]/,
  );
});

test(
  'is lost when no commit is known that had it, and is not lost any more when nobody names it',
  suite,
  async () => {
    const it = await shop('unknown');
    const one = await it.publish('one');
    await it.missing('dddddddddddd', one);
    await eventually(async () => expect(await it.lost()).toEqual(['dddddddddddd']) ?? true);
    await eventually(async () => (await it.events()).includes('content dddddddddddd is lost'));
    expect(await it.events()).toContain(`workloads that name it are moved to ${one}`);
    await it.missing();
    await world().lookNow(it.ns);
    expect(await it.lost()).toBeUndefined();
  },
);

test('is lost when the server does not give its commit any more', suite, async () => {
  const it = await shop('rewritten');
  const one = await it.publish('one');
  await it.publish('two', { force: true });
  await it.repository.git('reflog', 'expire', '--expire=now', '--all');
  await it.repository.git('gc', '--prune=now', '--quiet');
  await it.kubectl('delete', 'configmap', `shop-${one}`);
  await it.missing(one);
  await eventually(async () => (await it.lost())?.[0] === one);
  await eventually(async () => (await it.events()).includes('the server does not give main@sha1:'));
});

test('is lost when the spec has changed since, and made again when it is changed back', suite, async () => {
  const it = await shop('respecified');
  const one = await it.publish('one');
  const two = await it.publish('two');
  await it.apply({ mountPath: '/etc/elsewhere' });
  await eventually(async () => (await world().read(it.ns)).status?.hash !== two);
  await it.kubectl('delete', 'configmap', `shop-${one}`);
  await it.missing(one);
  await eventually(async () => (await it.lost())?.[0] === one);
  await eventually(async () => (await it.events()).includes('gives other content with the spec of today'));
  await it.apply();
  await eventually(async () => (await it.names()).includes(`shop-${one}`));
  await eventually(async () => (await it.lost()) === undefined);
});

test(
  'the newest is made again, also where a commit of now would be refused with the same files',
  suite,
  async () => {
    const it = await shop('last-good');
    const one = await it.publish('one');
    await it.apply({ validate: { required: ['other.txt'] } });
    await world().condition(it.ns, 'Published', 'Invalid');
    await it.kubectl('delete', 'configmap', `shop-${one}`);
    await eventually(async () => (await it.names()).includes(`shop-${one}`));
    expect((await world().read(it.ns)).status?.hash).toBe(one);
  },
);

test('the newest that Git does not give is lost, and the next commit takes its place', suite, async () => {
  const it = await shop('last-good-lost');
  const one = await it.publish('one');
  await it.apply({ mountPath: '/etc/elsewhere', validate: { required: ['other.txt'] } });
  await world().condition(it.ns, 'Published', 'Invalid');
  await it.kubectl('delete', 'configmap', `shop-${one}`);
  await eventually(async () => (await it.lost())?.[0] === one);
  await eventually(async () =>
    (await it.events()).includes('new Pods wait for the next commit that can be published'),
  );
  const mended = await it.repository.commit({ 'shop/other.txt': 'x' });
  await world().lookNow(it.ns);
  const { status } = await world().published(it.ns, mended);
  expect(status?.hash).not.toBe(one);
  expect(status?.lost).toBeUndefined();
});

test('waits while nobody looks at Git, and is never lost for that', suite, async () => {
  const it = await shop('suspended');
  const one = await it.publish('one');
  await it.publish('two');
  await it.apply({ suspend: true });
  await it.kubectl('delete', 'configmap', `shop-${one}`);
  await it.missing(one, 'dddddddddddd');
  await stays(async () => expect(await it.lost()).toBeUndefined(), 2);
  await it.apply();
  await eventually(async () => (await it.names()).includes(`shop-${one}`));
  await eventually(async () => (await it.lost())?.[0] === 'dddddddddddd');
});
