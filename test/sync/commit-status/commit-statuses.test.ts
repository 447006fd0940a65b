// Commits are told at the Git host what became of them, on a real API server, with the hosts' APIs on loopback.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldManagers } from '../../../src/api/keys.ts';
import { parseGitConfig } from '../../../src/kube/parse.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type CommitStatusApi, startCommitStatusApi } from '../../support/commit-status-api.ts';
import { eventually } from '../../support/eventually.ts';
import { putSecret } from '../../support/secret.ts';
import { useSync } from '../harness.ts';

const token = 'planted-status-token-3141592653';
const world = useSync();
let api: CommitStatusApi;
beforeAll(async () => {
  api = await startCommitStatusApi(token);
});
afterAll(() => api.stop());

const toldOf = (commit: string) => api.statuses.filter((each) => each.commit === commit);
const states = (commit: string) => toldOf(commit).map(({ state }) => state);

/** As the reloader says that all workloads run on it. */
async function rolledOut(namespace: string, total: number): Promise<void> {
  const { status, metadata } = await world().read(namespace);
  await world().kube.patch(
    { resource: resources.gitConfigs, namespace, name: 'shop' },
    {
      kind: 'apply',
      body: {
        apiVersion: 'confroll.dev/v1alpha1',
        kind: 'GitConfig',
        metadata: { name: 'shop', namespace },
        status: {
          stableHash: status?.hash,
          observedGeneration: metadata.generation,
          workloads: { total, current: total, updating: 0, held: 0, failed: 0, summary: `${total}/${total}` },
          conditions: [
            {
              type: 'RolledOut',
              status: 'True',
              reason: 'Succeeded',
              message: '',
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
        },
      },
    },
    parseGitConfig,
    { fieldManager: fieldManagers.reloader, subresource: 'status', signal: AbortSignal.timeout(10_000) },
  );
}

describe.each([
  ['GitHub', 'github', 'failure'],
  ['GitLab', 'gitlab', 'failed'],
  ['Gitea', 'gitea', 'failure'],
] as const)('at %s', (provider, below, failure) => {
  test('a commit is pending, then rolled out; one with an error fails with it; each once', async () => {
    const { git, kubectl, namespace, apply, published, condition, lookNow, restart } = world();
    const repository = git.repository(`team/${below}`);
    const first = await repository.commit({ 'shop/app.yaml': 'a: 1\n' });
    const ns = await namespace({ readSecrets: true });
    await putSecret(kubectl, ns, { token }, { name: 'git-status', host: api.host });
    const commitStatus = { provider, apiUrl: `${api.url}/${below}`, secretRef: { name: 'git-status' } };
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { commitStatus } });
    await published(ns, first);
    await eventually(async () => states(first).length === 1);
    expect(toldOf(first)).toEqual([
      {
        repository: expect.stringMatching(new RegExp(`team/${below}$`)),
        commit: first,
        state: 'pending',
        context: `confroll/${ns}/shop`,
        description: 'published, and being rolled out',
      },
    ]);
    await rolledOut(ns, 3);
    await eventually(async () => states(first).length === 2);
    expect(toldOf(first)[1]).toMatchObject({ state: 'success', description: 'rolled out to 3 workloads' });
    // Another count is no news.
    await rolledOut(ns, 2);

    const bad = await repository.commit({ 'shop/app.yaml': `a: 1\na: 2\n`, 'shop/b.yaml': 'a: 1\na: 2\n' });
    await lookNow(ns);
    await condition(ns, 'Published', 'Invalid');
    await eventually(async () => states(bad).length === 1);
    expect(toldOf(bad)[0]).toMatchObject({ state: failure });
    expect(toldOf(bad)[0]?.description).toMatch(/^2 errors: app\.yaml:2:1: this key is in its mapping twice/);
    expect(states(first)).toEqual(['pending', 'success']);

    // A process that remembers nothing tells once more, and what GitLab has already is no failure.
    await restart();
    await lookNow(ns);
    await eventually(async () =>
      (await world().registry.metrics()).includes('confroll_commit_statuses_total{outcome="success"}'),
    );
    expect(await world().output()).not.toContain(token);
  });
});

describe('a token', () => {
  async function refusedFor(secret: 'unbound' | 'none' | 'of Git', words: RegExp): Promise<void> {
    const { git, kubectl, namespace, apply, published, kubectl: run } = world();
    const repository = git.repository(`team/${secret.replace(' ', '-')}`);
    const first = await repository.commit({ 'shop/app.yaml': 'a: 1\n' });
    const ns = await namespace({ readSecrets: true });
    const requests = api.requests();
    const host = new URL(repository.url).host;
    await putSecret(kubectl, ns, { username: 'x', password: token }, { name: 'git-read', host });
    if (secret === 'unbound') await putSecret(kubectl, ns, { token }, { name: 'git-status', host });
    const commitStatus = {
      provider: 'GitHub',
      apiUrl: `${api.url}/github`,
      ...(secret === 'unbound' ? { secretRef: { name: 'git-status' } } : {}),
    };
    const read = secret === 'of Git' ? { secret: 'git-read' } : {};
    await apply(ns, { url: repository.url, path: 'shop', ...read }, { spec: { commitStatus } });
    await published(ns, first);
    await eventually(async () => {
      const messages = await run(['get', 'events', '-n', ns, '-o', 'jsonpath={.items[*].message}']);
      if (!words.test(messages)) throw new Error(messages);
      return true;
    });
    expect(api.requests()).toBe(requests);
    expect(await world().output()).not.toContain(token);
  }

  test('that is bound to another host is not sent', () =>
    refusedFor(
      'unbound',
      /commit status: Secret "git-status" is bound to another host than 127\.0\.0\.1:\d+, so it is not sent/,
    ));
  test('that Git is read with is not sent to another host', () =>
    refusedFor(
      'of Git',
      /the credential of 127\.0\.0\.1:\d+ is not sent to http:\/\/127\.0\.0\.1:\d+: correct spec\.commitStatus\.apiUrl/,
    ));
  test('that is missing is asked for', () =>
    refusedFor('none', /the repository is read without a token, so no commit status can be written/));
});

test('a host that fails stops nothing, is told of once, and is asked again', async () => {
  const { git, kubectl, namespace, apply, published, eventReasons } = world();
  const repository = git.repository('team/failing');
  const first = await repository.commit({ 'shop/app.yaml': 'a: 1\n' });
  const ns = await namespace({ readSecrets: true });
  await putSecret(kubectl, ns, { token }, { name: 'git-status', host: api.host });
  const commitStatus = { provider: 'Gitea', apiUrl: `${api.url}/gitea`, secretRef: { name: 'git-status' } };
  api.answer({ status: 503 });
  try {
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { commitStatus } });
    await published(ns, first);
    await eventually(async () => (await eventReasons(ns)).includes('CommitStatusFailed'));
  } finally {
    api.answer(undefined);
  }
  await eventually(async () => states(first).length === 1);
  expect(await world().output()).not.toContain(token);
});
