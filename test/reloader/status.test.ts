import { describe, expect, it } from 'vitest';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { Health } from '../../src/reloader/health.ts';
import { ownStatus, statusDifference, writtenStatus } from '../../src/reloader/status.ts';
import type { StateKind, WorkloadState } from '../../src/reloader/workload-state.ts';
import { config, settledOn } from './objects.ts';

const now = Date.parse('2026-02-02T02:02:02Z');
const healthy: Health = { kind: 'healthy' };
const state = (kind: StateKind, reason: string, pin = 'b', name = 'api'): WorkloadState => ({
  workload: settledOn(pin, { name }),
  kind,
  reason,
  message: `says ${reason}`,
  pin,
  health: healthy,
});
const current = state('current', 'Healthy');
const updating = state('updating', 'Updating');

function statusOf(gitConfig: GitConfig, states: readonly WorkloadState[], stable = 'b', at = now) {
  const wanted = gitConfig.status?.hash;
  return ownStatus(gitConfig, { wanted, stable, missing: [], states, about: undefined, now: at });
}

function conditions(gitConfig: GitConfig, states: readonly WorkloadState[]) {
  const { conditions: found } = statusOf(gitConfig, states);
  return Object.fromEntries(found.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

/** The GitConfig with that status written into it. */
function written(gitConfig: GitConfig, states: readonly WorkloadState[], stable = 'b'): GitConfig {
  const { conditions: own, ...rest } = statusOf(gitConfig, states, stable);
  return {
    ...gitConfig,
    status: { ...gitConfig.status, ...rest, conditions: [...(gitConfig.status?.conditions ?? []), ...own] },
  };
}

describe('conditions', () => {
  const shop = config('shop', { hash: 'b' });
  const words = (rolledOut: string, ready: string, reconciling: string, stalled: string) => ({
    RolledOut: rolledOut,
    Ready: ready,
    Reconciling: reconciling,
    Stalled: stalled,
  });
  it.each<[string, GitConfig, WorkloadState[], ReturnType<typeof words>]>([
    [
      'nothing published',
      config('shop'),
      [],
      words(
        'Unknown NothingPublished',
        'False NothingPublished',
        'True NothingPublished',
        'False NothingPublished',
      ),
    ],
    [
      'nobody asks',
      shop,
      [],
      words('True Succeeded', 'True Succeeded', 'False Succeeded', 'False Succeeded'),
    ],
    [
      'all current',
      shop,
      [current],
      words('True Succeeded', 'True Succeeded', 'False Succeeded', 'False Succeeded'),
    ],
    [
      'the others are held',
      shop,
      [current, state('held', 'Held', 'a')],
      words('True Succeeded', 'True Succeeded', 'False Succeeded', 'False Succeeded'),
    ],
    [
      'one is under way',
      shop,
      [current, updating],
      words('False Progressing', 'False Progressing', 'True Progressing', 'False Progressing'),
    ],
    [
      'one has failed',
      shop,
      [updating, state('failed', 'RolloutFailed')],
      words('False RolloutFailed', 'False RolloutFailed', 'False RolloutFailed', 'True RolloutFailed'),
    ],
    [
      'admission does not work',
      shop,
      [state('updating', 'AdmissionNotWorking', 'a')],
      words(
        'False AdmissionNotWorking',
        'False AdmissionNotWorking',
        'True AdmissionNotWorking',
        'False AdmissionNotWorking',
      ),
    ],
    [
      'Git is unreachable',
      config('shop', { hash: 'b', fetched: 'False' }),
      [current],
      words('True Succeeded', 'False Unreachable', 'True Unreachable', 'False Unreachable'),
    ],
    [
      'its host is taken for down: it goes on by itself',
      config('shop', { hash: 'b', fetched: 'False', reason: 'HostUnavailable' }),
      [current],
      words('True Succeeded', 'False HostUnavailable', 'True HostUnavailable', 'False HostUnavailable'),
    ],
    [
      'its certificate is not trusted: a person is needed',
      config('shop', { hash: 'b', fetched: 'False', reason: 'NotTrusted' }),
      [current],
      words('True Succeeded', 'False NotTrusted', 'False NotTrusted', 'True NotTrusted'),
    ],
    [
      'a newer commit is being fetched',
      config('shop', { hash: 'b', fetched: 'Unknown', reason: 'Fetching' }),
      [current],
      words('True Succeeded', 'False Fetching', 'True Fetching', 'False Fetching'),
    ],
    [
      'the path is not there: a person is needed',
      config('shop', { hash: 'b', published: 'False', reason: 'PathNotFound' }),
      [current],
      words('True Succeeded', 'False PathNotFound', 'False PathNotFound', 'True PathNotFound'),
    ],
  ])('%s', (_, gitConfig, states, expected) => {
    expect(conditions(gitConfig, states)).toEqual(expected);
  });

  it('latch once all run on it, for that hash alone', () => {
    const done = written(shop, [current]);
    expect(conditions(done, [updating]).RolledOut).toBe('True Succeeded');
    expect(conditions(done, [state('updating', 'Moving', 'a')]).RolledOut).toBe('False Progressing');
    const next = { ...done, status: { ...done.status, hash: 'c' } };
    expect(conditions(next, [{ ...updating, pin: 'c' }]).RolledOut).toBe('False Progressing');
  });

  it('keep the time of their last transition', () => {
    const done = written(shop, [current]);
    const later = now + 60_000;
    const time = (type: string, states: WorkloadState[]) =>
      statusOf(done, states, 'b', later).conditions.find((condition) => condition.type === type)
        ?.lastTransitionTime;
    expect(time('Ready', [current])).toBe('2026-02-02T02:02:02Z');
    expect(time('Ready', [state('failed', 'RolloutFailed', 'a')])).toBe('2026-02-02T02:03:02Z');
  });
});

describe('the written status', () => {
  const shop = config('shop', { hash: 'b' });
  it('is the same for the same world', () => {
    const done = written(shop, [current, updating]);
    expect(statusDifference(writtenStatus(done), statusOf(done, [current, updating]))).toBe('none');
  });
  it('differs in details while a rollout runs, in more when a condition changes', () => {
    const done = written(shop, [updating, updating], 'a');
    expect(statusDifference(writtenStatus(done), statusOf(done, [current, updating], 'a'))).toBe('details');
    expect(statusDifference(writtenStatus(done), statusOf(done, [current, current], 'b'))).toBe('more');
  });
  it('counts, and lists at most twenty, the failed first', () => {
    const many = Array.from({ length: 30 }, (_, index) => state('updating', 'Updating', 'b', `w-${index}`));
    const { workloads } = statusOf(shop, [current, ...many, state('failed', 'RolloutFailed', 'b', 'z')]);
    expect(workloads).toMatchObject({
      total: 32,
      current: 1,
      updating: 30,
      failed: 1,
      held: 0,
      summary: '1/32',
    });
    expect(workloads?.notCurrent).toHaveLength(20);
    expect(workloads?.notCurrent?.[0]).toMatchObject({ name: 'z', reason: 'RolloutFailed' });
  });
});
