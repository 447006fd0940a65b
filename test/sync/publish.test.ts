// Content of several objects on a real API server: at the borders of what it takes, and what others do to one of them.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseSnapshot } from '../../src/api/snapshot.ts';
import { buildContent } from '../../src/content/build-content.ts';
import { isKubeStatus } from '../../src/kube/kube-error.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { publish } from '../../src/sync/publish.ts';
import { folder, type Given } from '../content/files.ts';
import { eventually } from '../support/eventually.ts';
import { conditionOf, useSync } from './harness.ts';

const world = useSync();
const suite = { concurrent: true, timeout: 60_000 } as const;
const mebibyte = 1024 * 1024;
const noise = Buffer.alloc(mebibyte, createHash('sha512').update('noise').digest());
// The longest that a commit can say of itself, in the most bytes.
const provenance = {
  config: 'c'.repeat(52),
  mountPath: `/${'m'.repeat(254)}`,
  revision: `${'b'.repeat(244)}@sha256:${'a'.repeat(64)}`,
  author: '\u{1f642}'.repeat(300),
  subject: '"'.repeat(300),
};

const many = (count: number, path: (index: number) => string, content: Given): [string, Given][] =>
  Array.from({ length: count }, (_, index) => [path(1_000_000 + index), content]);

test.concurrent.for<[string, [string, Given][], number]>([
  ['bytes', [['a', noise]], 1],
  [
    'bytes, and one more',
    [
      ['a', noise],
      ['b', 'x'],
    ],
    2,
  ],
  ['text that doubles', [['a', '"'.repeat(mebibyte)]], 1],
  ['text that would take six times as much', [['a', '\u0001'.repeat(mebibyte)]], 1],
  ['paths that double in lists', many(2_200, (index) => `d/${'"'.repeat(20)}\n${index}`, '"'.repeat(500)), 2],
  [
    'long paths',
    many(
      400,
      (index) => `${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(200)}/${'g'.repeat(200)}/${index}`,
      'x',
    ),
    2,
  ],
  ['long keys, with values', many(2_400, (index) => `${'k'.repeat(200)}${index}`, noise.subarray(0, 900)), 3],
])('objects as full as they get are taken: %s', suite, async ([, files, count], { expect }) => {
  const content = buildContent({ files: folder(files), mountPath: provenance.mountPath });
  if (content.kind !== 'ok') throw new Error(content.message);
  const namespace = await world().namespace();
  const published = await publish(
    { ...provenance, namespace, content, isKnown: () => false },
    world().kube,
    AbortSignal.timeout(50_000),
  );
  expect(published.kind === 'published' ? published.objects.length : published).toBe(count);
});

test.concurrent.for<[string, object, number]>([
  ['values', { binaryData: { a: Buffer.alloc(mebibyte).toString('base64') } }, 201],
  ['one byte more of values', { binaryData: { a: Buffer.alloc(mebibyte + 1).toString('base64') } }, 422],
  ['annotations', { metadata: { annotations: { 'a/b': 'x'.repeat(256 * 1024 - 3) } } }, 201],
  ['one byte more of annotations', { metadata: { annotations: { 'a/b': 'x'.repeat(256 * 1024 - 2) } } }, 422],
  ['a request', { data: { a: '"'.repeat(mebibyte) }, ignored: 'x'.repeat(mebibyte - 1_000) }, 201],
  ['a longer request', { data: { a: '"'.repeat(mebibyte) }, ignored: 'x'.repeat(mebibyte) }, 413],
])('the borders are where we take them to be: %s', suite, async ([, more, status], { expect }) => {
  const namespace = await world().namespace();
  const { metadata = {}, ...rest } = { metadata: {}, ...more };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'border', ...metadata }, ...rest };
  const options = { signal: AbortSignal.timeout(30_000), fieldManager: 'test' };
  const answer = await world()
    .kube.create({ resource: resources.configMaps, namespace }, body, parseKubeObject, options)
    .then(() => 201)
    .catch((error: unknown) => (isKubeStatus(error, 413, 422) ? error.details.status : error));
  expect(answer).toBe(status);
});

const files = {
  'shop/a.bin': noise,
  'shop/app.env': 'A=1\n',
  'shop/b.bin': noise.subarray(0, 1_000),
};
const spec = { spec: { env: [{ file: 'app.env' }] } };

test.concurrent.for(['-1', '-env'])(
  'an object %s that somebody deleted comes back, and nothing else is written',
  suite,
  async (suffix, { expect }) => {
    const { git, namespace, apply, published, snapshots, kubectl, writes } = world();
    const repository = git.repository(`deleted${suffix}`);
    const commit = await repository.commit(files);
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' }, spec);
    const name = `shop-${(await published(ns, commit)).status?.hash}`;
    const before = await snapshots(ns);
    expect(before.map(({ metadata }) => metadata.name)).toEqual([name, `${name}-1`, `${name}-env`]);
    const deletedAt = Date.now();
    await kubectl(['delete', 'configmap', `${name}${suffix}`, '-n', ns]);
    const after = await eventually(async () => {
      const now = await snapshots(ns);
      return now.length === 3 && now;
    });
    for (const [at, { metadata, ...rest }] of after.entries()) {
      expect(rest).toEqual({ ...before[at], metadata: undefined, ...rest });
      expect(metadata.annotations).toEqual(before[at]?.metadata.annotations);
      expect(metadata.uid === before[at]?.metadata.uid).toBe(metadata.name !== `${name}${suffix}`);
    }
    const made = (await writes(ns, deletedAt)).filter(({ resource }) => resource === 'configmaps');
    expect(made.map(({ verb }) => verb)).toEqual(['create']);
  },
);

test('a part whose list is overwritten is noticed; deleted, it is made again', suite, async () => {
  const { git, namespace, apply, published, condition, kubectl } = world();
  const repository = git.repository('overwritten-part');
  const commit = await repository.commit(files);
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  const name = `shop-${(await published(ns, commit)).status?.hash}-1`;
  await kubectl(['annotate', '--overwrite', 'configmap', name, 'confroll.dev/files=scribble', '-n', ns]);
  const refused = await condition(ns, 'Published', 'NameTaken', /-1" holds this very content/);
  const { message = '' } = conditionOf(refused, 'Published') ?? {};
  await kubectl(message.slice(message.indexOf('kubectl ') + 'kubectl '.length).split(' '));
  await condition(ns, 'Published', 'Succeeded');
});

test('a part whose name somebody else took is left alone, and no base is made', suite, async () => {
  const { git, namespace, apply, published, condition, kubectl, snapshots } = world();
  const repository = git.repository('taken-part');
  const commit = await repository.commit(files);
  const [there, here] = [await namespace(), await namespace()];
  await apply(there, { url: repository.url, path: 'shop' });
  const name = `shop-${(await published(there, commit)).status?.hash}-1`;
  await kubectl(['create', 'configmap', name, '--from-literal=a=theirs', '-n', here]);
  await apply(here, { url: repository.url, path: 'shop' });
  await condition(here, 'Published', 'NameTaken', new RegExp(`kubectl delete configmap ${name} -n ${here}`));
  expect(await kubectl(['get', 'configmap', name, '-n', here, '-o', 'jsonpath={.data.a}'])).toBe('theirs');
  expect((await snapshots(here)).flatMap(({ metadata }) => parseSnapshot(metadata) ?? [])).toEqual([]);
  await kubectl(['delete', 'configmap', name, '-n', here]);
  await published(here, commit);
});

test(
  'content of several objects that is known already is published without a write to it',
  suite,
  async () => {
    const { git, namespace, apply, published, lookNow, writes } = world();
    const repository = git.repository('known-parts');
    const first = await repository.commit(files);
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' }, spec);
    const { status } = await published(ns, first);
    const second = await repository.commit({ 'shop/b.bin': 'other' });
    await lookNow(ns);
    await published(ns, second);
    const third = await repository.commit(files);
    const since = Date.now();
    await lookNow(ns);
    expect((await published(ns, third)).status?.hash).toBe(status?.hash);
    const made = (await writes(ns, since)).filter(({ name }) => name.startsWith('shop-'));
    expect(made).toEqual([]);
  },
);
