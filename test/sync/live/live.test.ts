// The ordinary ConfigMap of a GitConfig's name, on a real API server.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LiveStatus } from '../../../src/api/gitconfig.ts';
import type { ConfigMap } from '../../../src/api/objects.ts';
import { parseConfigMap } from '../../../src/kube/parse.ts';
import { resources } from '../../../src/kube/resources.ts';
import { eventually } from '../../support/eventually.ts';
import { useSync } from '../harness.ts';

const world = useSync();
const suite = { concurrent: true } as const;

async function object(namespace: string): Promise<ConfigMap | undefined> {
  const ref = { resource: resources.configMaps, namespace, name: 'shop' };
  return await world().kube.get(ref, parseConfigMap, { signal: AbortSignal.timeout(10_000) });
}

async function live(namespace: string, reason: LiveStatus['reason']): Promise<LiveStatus> {
  const found = await eventually(
    async () => {
      const { status } = await world().read(namespace);
      return status?.live?.reason === reason ? status.live : undefined;
    },
    { what: `status.live ${reason}` },
  );
  return found;
}

async function shop(name: string, files: Readonly<Record<string, string>> = { 'shop/app.yaml': 'a: 1\n' }) {
  const { git, namespace, apply, published } = world();
  const repository = git.repository(name);
  const commit = await repository.commit(files);
  const ns = await namespace();
  const options = { url: repository.url, path: 'shop' };
  return {
    repository,
    commit,
    ns,
    options,
    begin: () => apply(ns, options).then(() => published(ns, commit)),
  };
}

test('holds the newest accepted content, updated in place, with whose it is', suite, async () => {
  const { repository, ns, begin } = await shop('live');
  const { status } = await begin();
  expect(status?.live).toMatchObject({ hash: status?.hash, reason: 'Published' });
  const first = await object(ns);
  expect(first?.data).toEqual({ 'app.yaml': 'a: 1\n' });
  expect(first?.immutable).toBeUndefined();
  expect(first?.metadata.ownerReferences).toBeUndefined();
  await world().kubectl(['annotate', 'configmap', 'shop', 'team=shop', '-n', ns]);
  const second = await repository.commit({ 'shop/app.yaml': 'a: 2\n', 'shop/new.bin': '\0' });
  await world().published(ns, second);
  const later = await object(ns);
  expect(later?.data).toEqual({ 'app.yaml': 'a: 2\n' });
  expect(later?.binaryData).toEqual({ 'new.bin': 'AA==' });
  expect(later?.metadata.uid).toBe(first?.metadata.uid);
  expect(later?.metadata.annotations).toMatchObject({
    team: 'shop',
    'confroll.dev/revision': `main@sha1:${second}`,
  });
});

test('is put back when somebody edits or deletes it, and the editor is named', suite, async () => {
  const { ns, begin } = await shop('live-edited');
  await begin();
  const edit = ['patch', 'configmap', 'shop', '--type=merge', '--field-manager=kubectl-edit', '-n', ns];
  await world().kubectl([...edit, '-p', '{"data":{"app.yaml":"a: 3","other":"x"}}']);
  await eventually(async () => (await object(ns))?.data?.['app.yaml'] === 'a: 1\n', {
    what: 'the old value',
  });
  expect((await object(ns))?.data).toEqual({ 'app.yaml': 'a: 1\n' });
  const told = async (): Promise<string> =>
    await world().kubectl(['get', 'events', '-n', ns, '-o', 'jsonpath={.items[*].message}']);
  await eventually(async () => (await told()).includes('was changed by field manager "kubectl-edit"'), {
    what: 'an Event that names who it was',
  });
  expect(await told()).not.toContain('a: 3');
  await world().kubectl(['delete', 'configmap', 'shop', '-n', ns]);
  await eventually(async () => (await object(ns))?.data !== undefined, { what: 'the object once more' });
});

test('leaves an object of somebody else alone, and takes one that is handed over', suite, async () => {
  const { ns, begin } = await shop('live-taken');
  await world().kubectl(['create', 'configmap', 'shop', '--from-literal=theirs=1', '-n', ns]);
  await begin();
  const { message } = await live(ns, 'NameTaken');
  expect((await object(ns))?.data).toEqual({ theirs: '1' });
  const command = /kubectl label configmap .*? -n \S+?(?=;)/.exec(message)?.[0] ?? '';
  await world().kubectl(command.split(' ').slice(1));
  await live(ns, 'Published');
  expect((await object(ns))?.data).toEqual({ 'app.yaml': 'a: 1\n' });
});

test('that cannot be written keeps nothing else from being told', suite, async () => {
  const { repository, ns, begin } = await shop('live-immutable');
  await world().kubectl(['create', 'configmap', 'shop', '--from-literal=theirs=1', '-n', ns]);
  await world().kubectl(['label', 'configmap', 'shop', 'confroll.dev/live=shop', '-n', ns]);
  await world().kubectl(['patch', 'configmap', 'shop', '--type=merge', '-p', '{"immutable":true}', '-n', ns]);
  await begin();
  expect((await live(ns, 'Failed')).message).toContain(`kubectl delete configmap shop -n ${ns}`);
  await world().published(ns, await repository.commit({ 'shop/app.yaml': 'a: 2\n' }));
  await world().kubectl(['delete', 'configmap', 'shop', '-n', ns]);
  await live(ns, 'Published');
  expect((await object(ns))?.data).toEqual({ 'app.yaml': 'a: 2\n' });
});

test('is not there for names that are no keys, and says which', suite, async () => {
  const { repository, ns, begin } = await shop('live-names', {
    'shop/sub/app.yaml': 'a: 1\n',
    'shop/other.yaml': 'a: 1\n',
  });
  await begin();
  expect((await live(ns, 'IllegalNames')).message).toContain('sub/app.yaml');
  expect(await object(ns)).toBeUndefined();
  const commit = await repository.commit({ 'shop/sub/app.yaml': null, 'shop/app.yaml': 'a: 1\n' });
  await world().published(ns, commit);
  await live(ns, 'Published');
});

test('stays as it is when it is turned off, for Pods may mount it, and comes back', suite, async () => {
  const { repository, ns, options, begin } = await shop('live-off');
  await begin();
  await world().apply(ns, options, { spec: { publish: { live: false } } });
  expect((await live(ns, 'TurnedOff')).message).toContain(`kubectl delete configmap shop -n ${ns}`);
  const commit = await repository.commit({ 'shop/app.yaml': 'a: 2\n' });
  await world().published(ns, commit);
  expect((await object(ns))?.data).toEqual({ 'app.yaml': 'a: 1\n' });
  await world().apply(ns, options, { spec: { publish: { live: true } } });
  await live(ns, 'Published');
  expect((await object(ns))?.data).toEqual({ 'app.yaml': 'a: 2\n' });
});

test('an unchanged world is not written to, after a restart neither', async () => {
  const { ns, begin } = await shop('live-quiet');
  await begin();
  const since = Date.now();
  await world().restart();
  await world().lookNow(ns);
  await delay(6_000);
  const written = await world().writes(ns, since);
  expect(written.filter(({ resource }) => resource === 'configmaps')).toEqual([]);
});
