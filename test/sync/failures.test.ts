// Every way in which Git or a Secret fails, on a real API server: last good stays, the words help, recovery is by itself.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../local/git-server/fault.ts';
import { type FaultProxy, startFaultProxy } from '../../local/git-server/fault-proxy.ts';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { eventually } from '../support/eventually.ts';
import { conditionOf, createSecret, useSync } from './harness.ts';

const world = useSync({ headMilliseconds: 3_000, idleMilliseconds: 3_000 });
const password = 'correct-horse-battery';
const token = 'glpat-staple-of-secrets';

let secure: GitServer;
beforeAll(async () => {
  secure = await startGitServer({ tls: true, credentials: { username: 'reader', password } });
});
afterAll(() => secure.stop());

describe.concurrent('while Git cannot be had, last good stays; then it recovers by itself', () => {
  test.for<[string, Fault, string, RegExp]>([
    ['server down', { kind: 'refuse' }, 'Unreachable', /connection refused/],
    ['silent server', { kind: 'hang' }, 'Timeout', /within 3 s/],
    ['HTTP 500', { kind: 'status', status: 500 }, 'ServerError', /HTTP 500/],
    ['HTTP 401', { kind: 'status', status: 401 }, 'AuthenticationFailed', /secretRef/],
    ['HTTP 404', { kind: 'status', status: 404 }, 'InvalidSource', /no repository/],
    ['HTTP 429', { kind: 'status', status: 429, retryAfter: 1 }, 'ServerError', /too often/],
    ['cut answers', { kind: 'cut', afterBytes: 10 }, 'Unreachable', /cut/],
  ])('%s', async ([name, fault, reason, words], { expect }) => {
    const { git, namespace, apply, published, condition, snapshots, eventReasons } = world();
    await using proxied = await proxyTo(git);
    const repository = git.repository(`failing/${name.replaceAll(' ', '-')}`);
    const first = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url.replace(git.url, proxied.proxy.url), path: 'shop' });
    const good = await published(ns, first);

    await proxied.proxy.set(fault);
    const second = await repository.commit({ 'shop/a': '2' });
    const failed = await condition(ns, 'Fetched', reason, words);
    expect(failed.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });
    expect(conditionOf(failed, 'Published')).toEqual(conditionOf(good, 'Published'));
    expect(await snapshots(ns)).toHaveLength(1);

    await proxied.proxy.set({ kind: 'pass' });
    const recovered = await published(ns, second);
    expect(conditionOf(recovered, 'Fetched')?.status).toBe('True');
    await eventually(async () => {
      const reasons = await eventReasons(ns);
      return (
        reasons.includes('FetchFailed') && reasons.includes('Recovered') && reasons.includes('Published')
      );
    });
  });
});

test('a host that is down for all its repositories is said as such, and all recover', async () => {
  const { git, namespace, apply, published, condition, registry } = world();
  await using proxied = await proxyTo(git);
  const ns = await namespace();
  const names = ['one', 'two', 'three'];
  const repositories = names.map((name) => git.repository(`host-down/${name}`));
  for (const [index, repository] of repositories.entries()) {
    const commit = await repository.commit({ 'shop/a': '1' });
    const url = repository.url.replace(git.url, proxied.proxy.url);
    await apply(ns, { name: names[index] ?? '', url, path: 'shop' });
    await published(ns, commit, names[index]);
  }
  // Servers of other tests have gone for good.
  const open = async (): Promise<boolean> =>
    /confroll_git_hosts\{state="open"\} [1-9]/.test(await registry.metrics());
  await proxied.proxy.set({ kind: 'refuse' });
  for (const name of names)
    await condition(ns, 'Fetched', 'HostUnavailable', /is taken for down: \d+ failures/, name);
  await eventually(open, { what: 'an open circuit in the metrics' });
  const later = await Promise.all(repositories.map((repository) => repository.commit({ 'shop/a': '2' })));
  await proxied.proxy.set({ kind: 'pass' });
  for (const [index, name] of names.entries()) {
    const config = await published(ns, later[index] ?? '', name);
    expect(conditionOf(config, 'Fetched')?.status).toBe('True');
  }
});

describe.concurrent('a revision that cannot be published keeps last good, and says what and what to do', () => {
  test.for<[string, Record<string, string | Uint8Array | { symlink: string } | null>, string, RegExp]>([
    [
      'the folder is gone',
      { shop: null, x: '1' },
      'PathNotFound',
      /^commit [0-9a-f]{7} by .+: .*no folder or file "shop".*spec\.path/,
    ],
    [
      'the folder became a link',
      { 'shop/a': null, shop: { symlink: 'x' } },
      'PathNotFound',
      /"shop" is a symbolic link/,
    ],
    [
      'a 5 MiB file',
      { 'shop/huge.bin': new Uint8Array(5 * 1024 * 1024) },
      'TooLarge',
      /^commit [0-9a-f]{7} by .+: a file has more than 1 MiB.*"huge\.bin" 5 MiB/,
    ],
    [
      'a symbolic link',
      { 'shop/link': { symlink: '/etc/passwd' } },
      'UnsupportedFile',
      /^commit [0-9a-f]{7} by .+: link: cannot become a file of a Pod: it is a symbolic link/,
    ],
  ])('%s', async ([name, change, reason, words], { expect }) => {
    const { git, namespace, apply, published, condition, lookNow, eventReasons } = world();
    const repository = git.repository(`refused/${name.replaceAll(' ', '-')}`);
    const first = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    const good = await published(ns, first);

    const bad = await repository.commit(change);
    await lookNow(ns);
    const refused = await condition(ns, 'Published', reason, words);
    expect(refused.status).toMatchObject({
      revision: good.status?.revision,
      hash: good.status?.hash,
      lastAttemptedRevision: `main@sha1:${bad}`,
    });
    expect(conditionOf(refused, 'Fetched')?.status).toBe('True');
    // The same refused revision is neither read nor told again.
    const before = refused.metadata.resourceVersion;
    await lookNow(ns);
    await lookNow(ns);
    expect((await eventReasons(ns)).filter((each) => each === 'PublishFailed')).toHaveLength(1);
    expect(before).toBeDefined();

    const mended = await repository.commit({ shop: null, 'shop/a': '2' });
    await lookNow(ns);
    expect(conditionOf(await published(ns, mended), 'Published')?.status).toBe('True');
  });

  test('a quota that leaves no room for a Snapshot', async ({ expect }) => {
    const { git, namespace, apply, published, condition, kubectl } = world();
    const repository = git.repository('quota');
    const commit = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace();
    await kubectl(['create', 'quota', 'none', '--hard=count/configmaps=0', '-n', ns]);
    // Without a controller that counts, the count is told by hand.
    const counted = { status: { hard: { 'count/configmaps': '0' }, used: { 'count/configmaps': '0' } } };
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify(counted)];
    await kubectl(['patch', 'quota', 'none', '-n', ns, ...patch]);
    await eventually(
      async () => {
        const probe = ['create', 'configmap', 'probe', '--dry-run=server', '-n', ns];
        return kubectl(probe).then(
          () => false,
          () => true,
        );
      },
      { what: 'the quota in force' },
    );
    await apply(ns, { url: repository.url, path: 'shop' });
    const refused = await condition(ns, 'Published', 'PublishFailed', /HTTP 403 Forbidden.*quota/);
    expect(refused.status?.hash).toBeUndefined();
    await kubectl(['delete', 'quota', 'none', '-n', ns]);
    await published(ns, commit);
  });

  test('a branch that is not there yet', async ({ expect }) => {
    const { git, namespace, apply, published, condition } = world();
    const repository = git.repository('unborn');
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    const waiting = await condition(ns, 'Fetched', 'RefNotFound', /no branch "main".*first commit/);
    expect(waiting.status?.hash).toBeUndefined();
    await published(ns, await repository.commit({ 'shop/a': '1' }));
  });
});

describe.concurrent('credentials', () => {
  const setUp = async (name: string, readSecrets = true) => {
    const { namespace, apply } = world();
    const repository = secure.repository(name);
    const commit = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace({ readSecrets });
    const host = new URL(repository.url).host;
    const ca = secure.caCertificate ?? '';
    return {
      ns,
      commit,
      host,
      ca,
      applyIt: () => apply(ns, { url: repository.url, path: 'shop', secret: 'git-read' }),
    };
  };

  test('user name and password over TLS with an authority of its own', async () => {
    const { ns, commit, host, ca, applyIt } = await setUp('basic');
    await createSecret(world(), ns, { username: 'reader', password, 'ca.crt': ca }, host);
    await applyIt();
    await world().published(ns, commit);
  });

  test('a Secret that confroll may not read: the command that is printed mends it', async ({ expect }) => {
    const { ns, commit, host, ca, applyIt } = await setUp('unreadable', false);
    await createSecret(world(), ns, { username: 'reader', password, 'ca.crt': ca }, host);
    await applyIt();
    const failed = await world().condition(ns, 'Fetched', 'SecretNotReadable');
    await world().kubectl(commandOf(conditionOf(failed, 'Fetched')?.message));
    await world().published(ns, commit);
    expect(failed.status?.hash).toBeUndefined();
  });

  test.for<[string, string | undefined]>([
    ['no host', undefined],
    ['another host', 'git.example.com'],
    ['another port', '127.0.0.1:1'],
    ['the host without its port', '127.0.0.1'],
    ['a whole address', 'https://127.0.0.1'],
  ])(
    'a Secret that is bound to %s: the command that is printed mends it',
    async ([name, host], { expect }) => {
      const { ns, commit, ca, applyIt } = await setUp(`unbound/${name.replaceAll(' ', '-')}`);
      await createSecret(world(), ns, { username: 'reader', password, 'ca.crt': ca }, host);
      await applyIt();
      const failed = await world().condition(ns, 'Fetched', 'SecretNotBound');
      await world().kubectl(commandOf(conditionOf(failed, 'Fetched')?.message));
      const { status } = await world().published(ns, commit);
      expect(status?.hash).toBeDefined();
    },
  );

  test('a missing Secret, then one without keys, then a wrong password, then the right one', async () => {
    const { ns, commit, host, ca, applyIt } = await setUp('mended');
    const { condition, published } = world();
    await applyIt();
    await condition(ns, 'Fetched', 'SecretInvalid', /no Secret "git-read"/);
    await createSecret(world(), ns, { user: 'reader' }, host);
    await condition(ns, 'Fetched', 'SecretInvalid', /username and password, or token/);
    await createSecret(world(), ns, { username: 'reader', password, 'ca.crt': 'nonsense' }, host);
    await condition(ns, 'Fetched', 'SecretInvalid', /ca\.crt.*PEM/);
    await createSecret(world(), ns, { token, 'ca.crt': ca }, host);
    await condition(
      ns,
      'Fetched',
      'AuthenticationFailed',
      /refused the credentials .*\(credentials: Secret "git-read"\)/,
    );
    await createSecret(world(), ns, { username: 'reader', password, 'ca.crt': ca }, host);
    await published(ns, commit);
  });

  test('a server whose authority is not known', async () => {
    const { ns, host, applyIt } = await setUp('untrusted');
    await createSecret(world(), ns, { username: 'reader', password }, host);
    await applyIt();
    await world().condition(ns, 'Fetched', 'NotTrusted', /authority.*under the key ca\.crt/);
  });
});

test('no credential and no content of a file is in anything that sync has said', async () => {
  const output = await world().output();
  expect(output).toContain('confroll_git_last_check_timestamp_seconds 1');
  for (const secret of [
    password,
    token,
    Buffer.from(`reader:${password}`).toString('base64'),
    'Basic ',
    '/etc/passwd',
  ]) {
    expect(output).not.toContain(secret);
  }
});

async function proxyTo(git: GitServer): Promise<{ proxy: FaultProxy } & AsyncDisposable> {
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: git.port } });
  return { proxy, [Symbol.asyncDispose]: () => proxy.stop() };
}

/** The words after `kubectl` in a message, which ends with the command. */
function commandOf(message = ''): string[] {
  return message.slice(message.indexOf('kubectl ') + 'kubectl '.length).split(' ');
}
