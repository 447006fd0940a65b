// A commit that changes more than is allowed waits, and exactly the command of its message lets it through. One with likely
// secrets is refused, and its message says what would allow them.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fieldManagers } from '../../../src/api/keys.ts';
import { parseGitConfig } from '../../../src/kube/parse.ts';
import { resources } from '../../../src/kube/resources.ts';
import { eventually } from '../../support/eventually.ts';
import { conditionOf, useSync } from '../harness.ts';

const world = useSync();

/** Some files `shop/<n>.yaml`, or null in their place. */
const files = (from: number, to: number, content: string | null = 'a: 1\n') =>
  Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, index) => [`shop/${from + index}.yaml`, content]),
  );

/** Runs the command that a message ends with. */
async function follow(message: string): Promise<void> {
  const command = /kubectl (.*)$/.exec(message)?.[1];
  await world().kubectl(command?.split(' ') ?? []);
}

describe('a commit that removes more files than it may', () => {
  test('waits with the numbers, through a restart, and its command lets it through', async () => {
    const { git, namespace, apply, published, condition, snapshots, lookNow, restart, eventReasons } =
      world();
    const repository = git.repository('removing');
    const first = await repository.commit(files(1, 10));
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    const before = await published(ns, first);

    const bad = await repository.commit(files(4, 10, null));
    await lookNow(ns);
    const waiting = await condition(ns, 'Published', 'WaitingForApproval');
    const message = conditionOf(waiting, 'Published')?.message ?? '';
    expect(message).toMatch(
      new RegExp(
        `^commit ${bad.slice(0, 7)} by .+ removes 7 of 10 published files \\(70 %, and spec\\.changeGuard\\.maxRemovedPercent is 50\\), such as "10\\.yaml", "4\\.yaml", "5\\.yaml"\\. .* If it is meant: kubectl -n ${ns} annotate gitconfig shop --field-manager=confroll-person --overwrite confroll\\.dev/approve=[0-9a-f]{12}$`,
      ),
    );
    expect(waiting.status).toMatchObject({
      hash: before.status?.hash,
      revision: before.status?.revision,
      lastAttemptedRevision: `main@sha1:${bad}`,
    });
    expect(await snapshots(ns)).toHaveLength(1);
    await eventually(async () => (await eventReasons(ns)).includes('WaitingForApproval'));

    // Looked at again, and by a process that knows nothing, it is no news.
    const since = Date.now();
    await restart();
    await lookNow(ns);
    expect(conditionOf(await condition(ns, 'Published', 'WaitingForApproval'), 'Published')?.message).toBe(
      message,
    );
    expect(await snapshots(ns)).toHaveLength(1);
    const writes = await world().writes(ns, since);
    // Of lookNow: lastHandledSyncAt.
    expect(writes.length).toBeLessThanOrEqual(1);

    // Another content is approved: that is said, and nothing else happens.
    await world().kubectl(['-n', ns, 'annotate', 'gitconfig', 'shop', 'confroll.dev/approve=0123456789ab']);
    await condition(ns, 'Published', 'WaitingForApproval', /approve approves 0123456789ab, and this is /);
    await world().kubectl([
      '-n',
      ns,
      'annotate',
      'gitconfig',
      'shop',
      '--overwrite',
      'confroll.dev/approve=yes please',
    ]);
    const said = await condition(ns, 'Published', 'WaitingForApproval', /approves no content: it is no hash/);
    expect(await snapshots(ns)).toHaveLength(1);

    await follow(conditionOf(said, 'Published')?.message ?? '');
    const after = await published(ns, bad);
    expect(message).toContain(after.status?.hash);
    expect(await snapshots(ns)).toHaveLength(2);

    // The approval was of that content alone.
    await repository.commit(files(1, 2, null));
    await lookNow(ns);
    await condition(
      ns,
      'Published',
      'WaitingForApproval',
      /removes 2 of 3 .*, "1\.yaml", "2\.yaml"\. |removes 2 of 3/,
    );
  });

  test('is compared with all objects of a Snapshot', async () => {
    const { git, namespace, apply, published, condition, lookNow } = world();
    const repository = git.repository('sharded');
    // Of 600 KiB each: no two fit into one ConfigMap.
    const large = {
      ...files(
        1,
        3,
        'x'.repeat(600 * 1024).replaceAll(/x{60}/g, (line) => `# ${line}\n`),
      ),
      'shop/4.yaml': '',
    };
    const first = await repository.commit(large);
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, first);
    await repository.commit(files(2, 4, null));
    await lookNow(ns);
    await condition(ns, 'Published', 'WaitingForApproval', /removes 3 of 4 published files \(75 %/);
  });

  test('goes through where that is allowed, but never without any file', async () => {
    const { git, namespace, apply, published, condition, snapshots, lookNow } = world();
    const repository = git.repository('allowed');
    const first = await repository.commit({ ...files(1, 4), 'README.md': '' });
    const ns = await namespace();
    await apply(
      ns,
      { url: repository.url, path: 'shop' },
      { spec: { changeGuard: { maxRemovedPercent: 100 } } },
    );
    await published(ns, first);
    const renamed = await repository.commit({ ...files(1, 4, null), 'shop/other.yaml': 'a: 1\n' });
    await lookNow(ns);
    await published(ns, renamed);
    await repository.commit({ 'shop/other.yaml': null });
    await lookNow(ns);
    await condition(ns, 'Published', 'PathNotFound');
    expect(await snapshots(ns)).toHaveLength(2);
  });

  test('waits no longer once the spec allows it', async () => {
    const { git, namespace, apply, published, condition, lookNow } = world();
    const repository = git.repository('raised');
    const first = await repository.commit(files(1, 4));
    const ns = await namespace();
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, first);
    const second = await repository.commit(files(2, 4, null));
    await lookNow(ns);
    await condition(ns, 'Published', 'WaitingForApproval');
    await apply(
      ns,
      { url: repository.url, path: 'shop' },
      { spec: { changeGuard: { maxRemovedPercent: 75 } } },
    );
    await published(ns, second);
  });

  test('is not guessed at while the published Snapshot is away, and compared once it is back', async () => {
    const { git, kubectl, namespace, apply, published, condition, lookNow } = world();
    const repository = git.repository('deleted');
    const first = await repository.commit(files(1, 4));
    const ns = await namespace();
    // Another spec than before may see it deleted and another commit at once.
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: false } });
    const { status } = await published(ns, first);
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: true } });
    const second = await repository.commit(files(1, 4, 'a: 2\n'));
    await kubectl(['-n', ns, 'delete', 'configmap', `shop-${status?.hash}`]);
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { suspend: false } });
    await published(ns, second);
    await repository.commit(files(2, 4, null));
    await lookNow(ns);
    await condition(ns, 'Published', 'WaitingForApproval', /removes 3 of 4/);
  });
});

test('a commit that restarts more workloads than it may waits; those that are held do not count', async () => {
  const { git, kube, namespace, apply, published, condition, lookNow } = world();
  const repository = git.repository('restarting');
  const first = await repository.commit(files(1, 2));
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { changeGuard: { maxWorkloads: 2 } } });
  await published(ns, first);
  /** As the reloader counts them. */
  const count = (total: number, held: number) =>
    kube.patch(
      { resource: resources.gitConfigs, namespace: ns, name: 'shop' },
      {
        kind: 'apply',
        body: {
          apiVersion: 'confroll.dev/v1alpha1',
          kind: 'GitConfig',
          metadata: { name: 'shop', namespace: ns },
          status: {
            workloads: {
              total,
              current: total - held,
              updating: 0,
              held,
              failed: 0,
              summary: `${total - held}/${total}`,
            },
          },
        },
      },
      parseGitConfig,
      { fieldManager: fieldManagers.reloader, subresource: 'status', signal: AbortSignal.timeout(10_000) },
    );
  await count(4, 1);
  const second = await repository.commit(files(1, 2, 'a: 2\n'));
  await lookNow(ns);
  await condition(
    ns,
    'Published',
    'WaitingForApproval',
    /would restart 3 workloads, and spec\.changeGuard\.maxWorkloads is 2\. .*approve=[0-9a-f]{12}$/,
  );
  await count(4, 2);
  await lookNow(ns);
  await published(ns, second);
});

test('a commit with likely secrets is refused with all other errors, until the spec allows their files', async () => {
  const { git, namespace, apply, published, condition, snapshots, lookNow } = world();
  const repository = git.repository('leaking');
  const first = await repository.commit({ 'shop/app.yaml': 'a: 1\n' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, first);
  const secret = 'a8Fk2LqPz0Rt6Yw3Xc9Vb1Nm5Jh7Gd4Ss8eQ';
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const bad = await repository.commit({
    'shop/app.yaml': `a: 1\na: 2\ntoken: ghp_${secret}\n`,
    'shop/tls/server.key': key,
  });
  await lookNow(ns);
  const refused = await condition(
    ns,
    'Published',
    'Invalid',
    /: 3 errors: app\.yaml:2:1: .*\napp\.yaml:3:8: /,
  );
  const message = conditionOf(refused, 'Published')?.message ?? '';
  expect(message).toMatch(
    /\ntls\/server\.key:1:1: this looks like a private key\. .*\.allow: \["tls\/server\.key"\]$/,
  );
  expect(await snapshots(ns)).toHaveLength(1);
  const output = await world().output();
  expect(output).not.toContain(secret.slice(0, 8));
  expect(output).not.toContain(key.split('\n')[1]?.slice(0, 48));

  const allow = [...message.matchAll(/allow: (\[.*\])$/gm)].flatMap(([, list = '']) => JSON.parse(list));
  expect(allow).toEqual(['app.yaml', 'tls/server.key']);
  await apply(
    ns,
    { url: repository.url, path: 'shop' },
    { spec: { likelySecrets: { allow }, validate: { skip: ['app.yaml'] } } },
  );
  await published(ns, bad);
});
