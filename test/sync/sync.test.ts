// Git -> Snapshot on a real API server, as the controller's service account: what is written, and what is not.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Credentials, type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { parseSnapshot } from '../../src/api/snapshot.ts';
import { fileBytes } from '../../src/content/file-values.ts';
import { parseGitConfig } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { give, startFront } from '../support/git-servers/front.ts';
import { basic } from '../support/git-servers/open-source.ts';
import { token } from '../support/planted.ts';
import { putSecret } from '../support/secret.ts';
import { conditionOf, createSecret, useSync } from './harness.ts';
import { slowToRead } from './slow-to-read.ts';

const world = useSync();
// Each test has its own namespace and repository, and most of its time is waiting for an interval.
const suite = { concurrent: true } as const;

test('a push becomes an immutable Snapshot of the very bytes, and the status tells it', suite, async () => {
  const { git, namespace, apply, published, snapshots, eventReasons } = world();
  const repository = git.repository('publish');
  const folder = {
    'app.yaml': 'a: 1\n',
    'conf.d/a b.conf': 'ü',
    'logo.png': new Uint8Array([0, 255, 1]),
    run: { executable: true, content: '#!/bin/sh\n' },
  } as const;
  const files = Object.fromEntries(Object.entries(folder).map(([path, file]) => [`envs/shop/${path}`, file]));
  const commit = await repository.commit(
    { ...files, 'other.txt': 'no' },
    { message: 'first subject', author: { name: 'Ada', email: 'ada@example.com' } },
  );
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'envs/shop' });
  const config = await published(ns, commit);

  const [object, ...others] = await snapshots(ns);
  const snapshot = parseSnapshot(object?.metadata ?? { name: '' });
  expect(others).toEqual([]);
  expect(object?.immutable).toBe(true);
  expect(object?.metadata.ownerReferences).toBeUndefined();
  expect(snapshot).toMatchObject({
    config: 'shop',
    mountPath: '/etc/shop',
    author: 'Ada',
    subject: 'first subject',
  });
  const archive = await repository.archive(commit, 'envs/shop');
  expect(snapshot?.files.map((file) => file.path).sort()).toEqual([...archive.keys()].sort());
  for (const file of snapshot?.files ?? []) {
    expect(fileBytes(object ?? {}, file.key)).toEqual(archive.get(file.path)?.content);
    expect(file.executable).toBe(archive.get(file.path)?.mode === 0o755);
  }
  const revision = `main@sha1:${commit}`;
  expect(config.status).toMatchObject({
    revision,
    shortRevision: revision.slice(0, 17),
    lastAttemptedRevision: revision,
    hash: snapshot?.hash.slice(0, 12),
    revisions: [{ revision, hash: snapshot?.hash.slice(0, 12) }],
  });
  expect(conditionOf(config, 'Fetched')).toMatchObject({ status: 'True', reason: 'Succeeded' });
  expect(conditionOf(config, 'Published')).toMatchObject({ status: 'True', reason: 'Succeeded' });
  await eventually(async () => (await eventReasons(ns)).includes('Published'));
});

test(
  'an unchanged world is not written to, and a commit outside the path writes status only',
  suite,
  async () => {
    const { namespace, apply, published, snapshots, writes, lookNow, read } = world();
    await using own = await ownServer();
    const git = own.server;
    const repository = git.repository('quiet');
    const first = await repository.commit({ 'shop/a': '1', other: '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, first);
    await delay(1_000);
    const since = Date.now();
    const before = git.requests();
    await eventually(() => git.requests() >= before + 2, { what: 'two looks at Git' });
    expect(await writes(ns, since)).toEqual([]);

    const asked = Date.now();
    const second = await repository.commit({ other: '2' });
    await lookNow(ns);
    const config = await published(ns, second);
    expect(await snapshots(ns)).toHaveLength(1);
    expect(config.status?.revisions?.map((each) => each.revision.slice(-40))).toEqual([second, first]);
    const made = (await writes(ns, asked)).map(({ resource, subresource }) => `${resource}/${subresource}`);
    expect(made).toEqual(['gitconfigs/status']);
    // The same content from an older commit: back to the first hash without a new object.
    const third = await repository.commit({ 'shop/a': '2' });
    await lookNow(ns);
    await published(ns, third);
    const fourth = await repository.commit({ 'shop/a': '1' });
    await lookNow(ns);
    expect((await published(ns, fourth)).status?.hash).toBe(config.status?.hash);
    expect(await snapshots(ns)).toHaveLength(2);
    expect((await read(ns)).status?.revisions).toHaveLength(4);
  },
);

test(
  'a Snapshot that somebody deleted comes back, also while the newest revision is refused',
  suite,
  async () => {
    const { git, namespace, apply, published, snapshots, condition, lookNow, kubectl } = world();
    const repository = git.repository('deleted');
    const good = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    const name = `shop-${(await published(ns, good)).status?.hash}`;
    const comesBack = async (): Promise<void> => {
      const [before] = await snapshots(ns);
      await kubectl(['delete', 'configmap', name, '-n', ns]);
      await eventually(async () => {
        const [after] = await snapshots(ns);
        return after !== undefined && after.metadata.uid !== before?.metadata.uid;
      });
    };
    await comesBack();
    await repository.commit({ shop: null, other: 'x' });
    await lookNow(ns);
    await condition(ns, 'Published', 'PathNotFound');
    await comesBack();
  },
);

test('a name that somebody else took is left alone, with words', suite, async () => {
  const { git, namespace, apply, published, condition, kubectl, read } = world();
  const repository = git.repository('taken');
  const first = await repository.commit({ 'shop/a': '1' });
  const [there, here] = [await namespace(), await namespace()];
  await apply(there, { url: repository.url, path: 'shop' });
  const name = `shop-${(await published(there, first)).status?.hash}`;
  await kubectl(['create', 'configmap', name, '--from-literal=a=theirs', '-n', here]);
  await apply(here, { url: repository.url, path: 'shop' });
  await condition(
    here,
    'Published',
    'NameTaken',
    new RegExp(`not made from this content.*kubectl delete configmap ${name} -n ${here}`),
  );
  expect(await kubectl(['get', 'configmap', name, '-n', here, '-o', 'jsonpath={.data.a}'])).toBe('theirs');
  expect((await read(here)).status?.hash).toBeUndefined();
  await kubectl(['delete', 'configmap', name, '-n', here]);
  await published(here, first);
});

test.concurrent.for<[string, string[], string, RegExp]>([
  [
    'annotation that is overwritten',
    ['annotate', '--overwrite'],
    'confroll.dev/files=scribble',
    /again at once/,
  ],
  ['label that is removed', ['label'], 'confroll.dev/config-', /again within one spec\.interval/],
  [
    'label that is changed',
    ['label', '--overwrite'],
    'confroll.dev/config=other',
    /again within one spec\.interval/,
  ],
])(
  'a Snapshot with a %s is noticed, and made again once it is deleted',
  async ([name, verb, change, when], { expect }) => {
    const { git, namespace, apply, published, condition, kubectl, snapshots } = world();
    const repository = git.repository(`scribbled/${name.replaceAll(' ', '-')}`);
    const commit = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    const snapshot = `shop-${(await published(ns, commit)).status?.hash}`;
    const [before] = await snapshots(ns);
    await kubectl([...verb, 'configmap', snapshot, change, '-n', ns]);
    const refused = await condition(ns, 'Published', 'NameTaken', /holds this very content/);
    const { message = '' } = conditionOf(refused, 'Published') ?? {};
    expect(message).toMatch(when);
    await kubectl(message.slice(message.indexOf('kubectl ') + 'kubectl '.length).split(' '));
    await condition(ns, 'Published', 'Succeeded');
    const [after] = await snapshots(ns);
    expect(after?.metadata.annotations).toEqual(before?.metadata.annotations);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  },
);

test(
  'GitConfigs of one repository share each look, and a new head reaches all of them at once',
  suite,
  async () => {
    const { namespace, apply, published, lookNow } = world();
    await using git = await ownServer();
    const repository = git.server.repository('shared');
    const first = await repository.commit({ 'one/a': '1', 'two/a': '1' });
    const [ns, other] = [await namespace(), await namespace()];
    await apply(ns, { url: repository.url, path: 'one', name: 'one' });
    await apply(ns, { url: repository.url, path: 'two', name: 'two' });
    await apply(other, { url: repository.url, path: 'two', name: 'three', interval: '1h' });
    await published(ns, first, 'one');
    await published(ns, first, 'two');
    await published(other, first, 'three');

    // One look every 4.5 to 5 seconds, whoever asks.
    const before = git.server.requests();
    await delay(10_500);
    expect(git.server.requests() - before).toBeGreaterThanOrEqual(1);
    expect(git.server.requests() - before).toBeLessThanOrEqual(3);

    const second = await repository.commit({ 'one/a': '2', 'two/a': '2' });
    await lookNow(ns, 'one');
    await published(ns, second, 'one');
    await published(ns, second, 'two');
    await published(other, second, 'three');
  },
);

test(
  'a server that lists its branches and then says nothing more delays no other repository',
  suite,
  async () => {
    const { git, namespace, apply, published } = world();
    await using slow = await slowToRead(git);
    const hanging = git.repository('hanging');
    const folders = Array.from({ length: 8 }, (_, index) => `folder${index}`);
    await hanging.commit(Object.fromEntries(folders.map((folder) => [`${folder}/a`, '1'])));
    const healthy = git.repository('healthy');
    const commit = await healthy.commit({ 'shop/a': '1' });
    const ns = await namespace();
    const url = hanging.url.replace(git.url, slow.url);
    // Longer than the test: whoever waits for that server waits until it is given up.
    slow.delay(600_000);
    for (const folder of folders) await apply(ns, { url, path: folder, name: folder });
    await eventually(() => slow.reads() > 0, { what: 'a read that hangs' });
    await apply(ns, { url: healthy.url, path: 'shop' });
    await published(ns, commit);
  },
);

test('suspend stops the looking, and lifting it catches up', suite, async () => {
  const { git, namespace, apply, published, read } = world();
  const repository = git.repository('suspended');
  const first = await repository.commit({ 'shop/a': '1' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, first);
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: true } });
  await delay(1_000);
  const second = await repository.commit({ 'shop/a': '2' });
  await delay(6_000);
  expect((await read(ns)).status?.revision).toContain(first);
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: false } });
  await published(ns, second);
});

test.concurrent.for<[string, (ns: string, url: string) => Promise<unknown>]>([
  ['suspended', (ns, url) => world().apply(ns, { url, path: 'shop' }, { spec: { suspend: true } })],
  ['deleted', (ns) => world().kubectl(['delete', 'gitconfig', 'shop', '-n', ns])],
  ['pointed elsewhere', (ns, url) => world().apply(ns, { url, path: 'other' })],
])(
  'a GitConfig that is %s while Git is read publishes nothing of what is read',
  async ([name, change], { expect }) => {
    const { git, namespace, apply, published, snapshots } = world();
    await using slow = await slowToRead(git);
    const repository = git.repository(`overtaken/${name.replaceAll(' ', '-')}`);
    const url = repository.url.replace(git.url, slow.url);
    const first = await repository.commit({ 'shop/a': '1', 'other/a': '1' });
    const ns = await namespace();
    await apply(ns, { url, path: 'shop' });
    await published(ns, first);
    const reads = slow.reads();
    slow.delay(4_000);
    await repository.commit({ 'shop/a': '2' });
    await eventually(() => slow.reads() > reads, { what: 'a read that is under way' });
    await change(ns, url);
    await delay(12_000);
    // The content of the other folder is that of the first commit.
    expect(await snapshots(ns)).toHaveLength(1);
  },
);

describe('a GitConfig that is deleted', () => {
  test('leaves its Snapshot, and one made anew adopts it without a write to it', suite, async () => {
    const { git, namespace, apply, published, snapshots, kubectl, writes } = world();
    const repository = git.repository('adopted');
    const commit = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, commit);
    const [before] = await snapshots(ns);
    await kubectl(['delete', 'gitconfig', 'shop', '-n', ns]);
    await delay(500);
    const since = Date.now();
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, commit);
    const [after, ...others] = await snapshots(ns);
    expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(others).toEqual([]);
    expect(
      (await writes(ns, since)).filter(({ code }) => code < 400).map(({ resource }) => resource),
    ).toEqual(['gitconfigs']);
  });
});

test('another path or mount path of the same commit is published at once', suite, async () => {
  const { git, namespace, apply, published } = world();
  const repository = git.repository('respecified');
  const commit = await repository.commit({ 'shop/a': '1', 'shop2/a': '2' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop', interval: '1h' });
  const hashes = [(await published(ns, commit)).status?.hash];
  for (const options of [{ path: 'shop2' }, { path: 'shop2', mountPath: '/etc/other' }]) {
    await apply(ns, { url: repository.url, interval: '1h', ...options });
    hashes.push(
      await eventually(async () => {
        const { hash } = (await published(ns, commit)).status ?? {};
        return hashes.includes(hash) ? undefined : hash;
      }),
    );
  }
  expect(new Set(hashes).size).toBe(3);
});

test(
  'a commit reaches GitConfigs with another credential of the same repository at once',
  suite,
  async () => {
    const { git, namespace, apply, published, lookNow } = world();
    const repository = git.repository('two-credentials');
    const first = await repository.commit({ 'one/a': '1', 'two/a': '1' });
    const ns = await namespace({ readSecrets: true });
    await createSecret(world(), ns, { token: 'unused' }, new URL(repository.url).host);
    await apply(ns, { url: repository.url, path: 'one', name: 'one', interval: '1h' });
    await apply(ns, { url: repository.url, path: 'two', name: 'two', interval: '1h', secret: 'git-read' });
    await published(ns, first, 'one');
    await published(ns, first, 'two');
    const second = await repository.commit({ 'one/a': '2' });
    await lookNow(ns, 'one');
    await published(ns, second, 'two');
  },
);

test(
  'a look is shared by GitConfigs whose credentials are the same, whatever their Secrets are called',
  suite,
  async () => {
    const { namespace, apply, published, lookNow, kubectl } = world();
    await using own = await ownServer({ token });
    await using counted = await countingLooks(own.server);
    const repository = own.server.repository('shared-credential');
    const first = await repository.commit({ 'shop/a': '1' });
    const [one, two] = [await namespace({ readSecrets: true }), await namespace({ readSecrets: true })];
    const put = (ns: string, name: string, username: string): Promise<void> =>
      putSecret(kubectl, ns, { username, password: token }, { name, host: counted.host });
    await put(one, 'git-read', 'reader');
    await put(two, 'of-another-name', 'reader');
    const options = {
      url: repository.url.replace(own.server.url, counted.url),
      path: 'shop',
      interval: '1h',
    };
    await apply(one, { ...options, secret: 'git-read' });
    await apply(two, { ...options, secret: 'of-another-name' });
    await published(one, first);
    await published(two, first);

    const second = await repository.commit({ 'shop/a': '2' });
    counted.forget();
    await lookNow(one);
    await published(one, second);
    await published(two, second);
    expect(counted.looks()).toEqual([basic('reader', token)]);

    // The same repository still, and what one of them shows is its own.
    await put(two, 'of-another-name', 'other');
    const third = await repository.commit({ 'shop/a': '3' });
    counted.forget();
    await lookNow(two);
    await published(one, third);
    await published(two, third);
    expect(new Set(counted.looks())).toEqual(new Set([basic('reader', token), basic('other', token)]));
  },
);

// Last, and alone: it is about all that the others left.
test('after a restart with nothing remembered, an unchanged world is not written to', async () => {
  const { restart, writes, git, kube } = world();
  const selection = { resource: resources.gitConfigs };
  const { items } = await kube.list(selection, parseGitConfig, { signal: AbortSignal.timeout(10_000) });
  const nameOf = ({ namespace = '', name }: { namespace?: string; name: string }) => `${namespace}/${name}`;
  // A server that has gone with its test. What was known of its host goes with the restart, and is told anew in the
  // status of who follows it; nothing else is written for them, either.
  const gone = items.filter(({ spec }) => !spec.source.url.startsWith(git.url));
  const failed = items.filter((config) => conditionOf(config, 'Fetched')?.status === 'False');
  expect(failed.filter((config) => !gone.includes(config)).map(({ metadata }) => nameOf(metadata))).toEqual(
    [],
  );
  expect(items.length - gone.length).toBeGreaterThan(10);
  await delay(6_000);
  const since = Date.now();
  const before = git.requests();
  await restart();
  await eventually(() => git.requests() >= before + 6, { what: 'looks at Git after the restart' });
  await delay(2_000);
  const allowed = new Set(gone.map(({ metadata }) => `gitconfigs/status ${nameOf(metadata)}`));
  const written = (await writes(undefined, since)).map(
    (each) => `${each.resource}/${each.subresource} ${nameOf(each)}`,
  );
  expect(written.filter((each) => !allowed.has(each))).toEqual([]);
});

async function ownServer(credentials?: Credentials): Promise<{ server: GitServer } & AsyncDisposable> {
  const server = await startGitServer(credentials === undefined ? {} : { credentials });
  return { server, [Symbol.asyncDispose]: () => server.stop() };
}

/** In front of a server: who has asked for its references, by what was shown. */
async function countingLooks(target: GitServer) {
  const front = await startFront({ target });
  let looks: (string | undefined)[] = [];
  front.misbehave({
    questions: ['refs'],
    async onExchange({ request, response, answer }) {
      looks.push(request.headers.authorization);
      give(response, await answer());
    },
  });
  return {
    url: front.url,
    host: front.host,
    looks: () => looks,
    forget() {
      looks = [];
    },
    [Symbol.asyncDispose]: () => front.stop(),
  };
}
