import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GitConfig, GitConfigStatus } from '../../../src/api/gitconfig.ts';
import { parseRepositoryAddress } from '../../../src/api/repository-url.ts';
import { apiUrlOf, statusRequest } from '../../../src/sync/commit-status/status-request.ts';
import { type CommitStatus, wantedStatus } from '../../../src/sync/commit-status/wanted-status.ts';

const commit = '4fe1c02'.padEnd(40, '0');
const revision = `main@sha1:${commit}`;

function address(url: string) {
  const parsed = parseRepositoryAddress(url);
  if (parsed === undefined) throw new Error(url);
  return parsed;
}

describe('the API of a host', () => {
  test.each([
    ['GitHub', 'https://github.com/team/config.git', 'https://api.github.com/'],
    ['GitHub', 'git@github.com:team/config.git', 'https://api.github.com/'],
    ['GitHub', 'https://team.ghe.com/team/config', 'https://api.team.ghe.com/'],
    ['GitHub', 'https://git.example.com/team/config', 'https://git.example.com/api/v3'],
    ['GitLab', 'https://gitlab.com/group/sub/config.git', 'https://gitlab.com/api/v4'],
    ['GitLab', 'ssh://git@gitlab.example.com:2222/group/config.git', 'https://gitlab.example.com/api/v4'],
    ['Gitea', 'https://codeberg.org/team/config', 'https://codeberg.org/api/v1'],
    ['Gitea', 'http://git.example.com:3000/team/config', 'http://git.example.com:3000/api/v1'],
  ] as const)('%s of %s is %s', (provider, url, api) => {
    expect(apiUrlOf({ provider }, address(url))?.href).toBe(api);
  });
});

describe('a request', () => {
  const told = { context: 'confroll/prod/shop', token: 'planted' };
  const status: CommitStatus = { commit, state: 'failure', description: 'app.yaml:1:1: wrong', sameAs: '' };
  const ask = (provider: 'GitHub' | 'GitLab' | 'Gitea', url: string, more: Partial<CommitStatus> = {}) => {
    const at = address(url);
    const api = apiUrlOf({ provider }, at);
    const request = api && statusRequest(provider, api, at, { ...status, ...more }, told);
    return request && { ...request, url: request.url.href, body: JSON.parse(request.body) };
  };

  test('is what each host documents', () => {
    expect(ask('GitHub', 'https://github.com/team/config.git')).toMatchObject({
      url: `https://api.github.com/repos/team/config/statuses/${commit}`,
      headers: { authorization: 'Bearer planted' },
      body: { state: 'failure', context: 'confroll/prod/shop', description: 'app.yaml:1:1: wrong' },
    });
    expect(ask('GitLab', 'git@gitlab.com:group/sub/config.git')).toMatchObject({
      url: `https://gitlab.com/api/v4/projects/group%2Fsub%2Fconfig/statuses/${commit}`,
      headers: { authorization: 'Bearer planted' },
      body: { state: 'failed', name: 'confroll/prod/shop', description: 'app.yaml:1:1: wrong' },
    });
    expect(ask('Gitea', 'https://codeberg.org/team/config')).toMatchObject({
      url: `https://codeberg.org/api/v1/repos/team/config/statuses/${commit}`,
      headers: { authorization: 'token planted' },
      body: { state: 'failure', context: 'confroll/prod/shop' },
    });
  });

  test('has a description on one line that the host takes, and a path that leads nowhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (description) => {
        expect(
          ask('GitHub', 'https://github.com/a/b', { description })?.body.description.length,
        ).toBeLessThan(141);
        const { body } = ask('GitLab', 'https://gitlab.com/a/b', { description }) ?? {};
        expect(body.description.length).toBeLessThan(256);
        expect(body.description).not.toMatch(/[\r\n]/);
      }),
    );
    expect(ask('GitHub', 'https://github.com/..%2f..%2fuser/b')?.url).not.toContain('/user/');
    expect(ask('GitHub', 'https://github.com/only')).toBeUndefined();
    expect(ask('GitHub', 'https://github.com/a/b', { commit: '../x' })).toBeUndefined();
  });
});

describe('what a commit is told', () => {
  const of = (status: GitConfigStatus): CommitStatus | undefined => {
    const config: GitConfig = {
      metadata: { name: 'shop', namespace: 'prod' },
      spec: { source: { url: 'https://h/a/b', ref: { branch: 'main' } }, mountPath: '/etc/shop' },
      status: { lastAttemptedRevision: revision, ...status },
    };
    return wantedStatus(config);
  };
  const condition = (type: string, status: 'True' | 'False', reason: string, message = '') => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const refused = (reason: string, message: string) =>
    of({ conditions: [condition('Published', 'False', reason, message)] });
  const published = { revision, hash: 'aaaaaaaaaaaa', stableHash: 'aaaaaaaaaaaa' };
  const counts = { total: 3, current: 3, updating: 0, held: 0, failed: 0, summary: '3/3' };

  test('is nothing before it was looked at', () => {
    expect(of({})).toBeUndefined();
    expect(of({ conditions: [condition('Published', 'True', 'Succeeded')] })).toBeUndefined();
  });

  test('is the first error, without what is known there anyway', () => {
    expect(
      refused('Invalid', 'commit 4fe1c02 by Ann Example: 2 errors: app.yaml:1:1: wrong\nb.yaml: x'),
    ).toMatchObject({
      commit,
      state: 'failure',
      description: '2 errors: app.yaml:1:1: wrong',
    });
    expect(refused('PathEmpty', 'the folder holds no file')).toMatchObject({
      description: 'the folder holds no file',
    });
  });

  test('is what waits, without the command', () => {
    const message =
      'commit 4fe1c02 by Ann: Example removes 7 of 10 published files (70 %, and spec.changeGuard.maxRemovedPercent is 50), such as "a.yaml". Until somebody says that it is meant, the content before stays. If it is meant: kubectl -n prod annotate';
    expect(refused('WaitingForApproval', message)).toMatchObject({
      state: 'pending',
      description: expect.stringMatching(/^waits for an approval: it .*removes 7 of 10 .*such as "a\.yaml"$/),
    });
  });

  test('is no word of the cluster', () => {
    expect(refused('PublishFailed', 'exceeded quota: team-secret')).toMatchObject({
      state: 'error',
      description: 'the cluster did not take it; its GitConfig says why',
    });
  });

  test('is how the rollout ended, once', () => {
    const ok = condition('Published', 'True', 'Succeeded');
    const done = condition('RolledOut', 'True', 'Succeeded');
    const rolledOut = of({ ...published, workloads: counts, conditions: [ok, done] });
    expect(rolledOut).toMatchObject({ state: 'success', description: 'rolled out to 3 workloads' });
    const held = { ...counts, current: 1, held: 2 };
    const fewer = of({ ...published, workloads: held, conditions: [ok, done] });
    expect(fewer?.description).toBe('rolled out to 1 workload; 2 held by a person');
    expect(fewer?.sameAs).toBe(rolledOut?.sameAs);
    expect(of({ ...published, conditions: [ok, done] })?.description).toBe(
      'published; no workload asks for it yet',
    );
    // True of the content before.
    expect(of({ ...published, stableHash: 'bbbbbbbbbbbb', conditions: [ok, done] })).toMatchObject({
      state: 'pending',
    });
    const failed = condition('RolledOut', 'False', 'RolloutFailed', 'Deployment api: ...');
    expect(of({ ...published, conditions: [ok, failed] })).toMatchObject({
      state: 'failure',
      description: 'published, but a workload did not become healthy',
    });
  });
});
