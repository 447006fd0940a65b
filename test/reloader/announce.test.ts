import { describe, expect, it } from 'vitest';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { RecordedEvent } from '../../src/kube/events.ts';
import { createAnnouncer } from '../../src/reloader/announce.ts';
import { ownStatus } from '../../src/reloader/status.ts';
import type { StateKind, WorkloadState } from '../../src/reloader/workload-state.ts';
import { config, settledOn } from './objects.ts';

const state = (kind: StateKind, reason: string, name = 'api'): WorkloadState => ({
  workload: settledOn('b', { name }),
  kind,
  reason,
  message: `says ${reason}`,
  pin: 'b',
  health: { kind: 'healthy' },
});
const healthy = state('current', 'Healthy');
const updating = state('updating', 'Updating');
const held = state('held', 'Held');
const failed = state('failed', 'RolloutFailed');
const stuck = state('updating', 'AdmissionNotWorking');
const onHold = state('held', 'OnHold');

function withStatus(states: readonly WorkloadState[]): GitConfig {
  const shop = config('shop', { hash: 'b' });
  const status = ownStatus(shop, { wanted: 'b', stable: 'b', missing: [], about: undefined, states, now: 0 });
  return { ...shop, status: { ...shop.status, ...status } };
}

/** Reasons of the Events that these states tell, one after another. */
function told(gitConfig: GitConfig, ...passes: readonly WorkloadState[]): string[] {
  const events: RecordedEvent[] = [];
  const announcer = createAnnouncer({ record: (event) => void events.push(event) });
  for (const pass of passes) announcer.states(gitConfig, [pass]);
  return events.map(({ reason, type }) => (type === 'Warning' ? `${reason}!` : reason));
}

describe('Events', () => {
  const fresh = config('shop', { hash: 'b' });
  it.each<[string, WorkloadState[], string[]]>([
    ['a rollout that ends well', [updating, updating, healthy, healthy], ['ConfigHealthy']],
    [
      'a rollout that fails, and heals',
      [updating, failed, failed, healthy],
      ['ConfigFailed!', 'ConfigHealthy'],
    ],
    [
      'an undo, and its end',
      [healthy, held, held, updating, healthy],
      ['ConfigHeld', 'ConfigResumed', 'ConfigHealthy'],
    ],
    ['a hold that ends at once', [healthy, held, healthy], ['ConfigHeld', 'ConfigResumed']],
    [
      'admission that does not work',
      [healthy, stuck, stuck, updating, healthy],
      ['ConfigNotMoved!', 'ConfigHealthy'],
    ],
    ['a hold label', [healthy, onHold, onHold, updating], ['ConfigNotMoved']],
    ['a workload that is well when it is first seen', [healthy], []],
  ])('of %s', (_, passes, expected) => {
    expect(told(fresh, ...passes)).toEqual(expected);
  });

  it.each<[string, WorkloadState, WorkloadState, string[]]>([
    ['still held', held, held, []],
    ['healthy meanwhile', updating, healthy, ['ConfigHealthy']],
    ['failed meanwhile', updating, failed, ['ConfigFailed!']],
    ['resumed meanwhile', held, updating, ['ConfigResumed']],
    ['held meanwhile', healthy, held, ['ConfigHeld']],
    ['still healthy', healthy, healthy, []],
    ['still stuck', stuck, stuck, []],
  ])('after a restart, %s', (_, before, now, expected) => {
    expect(told(withStatus([before]), now)).toEqual(expected);
  });

  it('of workloads beyond what status lists are not told twice after a restart', () => {
    const many = Array.from({ length: 30 }, (_, index) => state('held', 'Held', `w-${index}`));
    const events: RecordedEvent[] = [];
    createAnnouncer({ record: (event) => void events.push(event) }).states(withStatus(many), many);
    expect(events).toEqual([]);
  });

  it('of a move name both ends and the commit', () => {
    const events: RecordedEvent[] = [];
    const announcer = createAnnouncer({ record: (event) => void events.push(event) });
    const decision = { kind: 'move', row: 'ours', to: 'b' } as const;
    const change = { pins: [{ config: 'shop', from: 'a', to: 'b', decision }], label: undefined, drop: [] };
    announcer.moved(settledOn('a'), change, () => ({
      revision: 'main@sha1:4fe1',
      author: 'Ann',
      subject: 'Raise',
    }));
    expect(events[0]).toMatchObject({
      type: 'Normal',
      reason: 'ConfigMoved',
      message: 'config shop: moved from a to b (main@sha1:4fe1 "Raise" by Ann)',
      subject: { kind: 'Deployment', name: 'api', namespace: 'prod' },
    });
  });
});
