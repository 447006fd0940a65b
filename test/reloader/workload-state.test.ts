import { describe, expect, it } from 'vitest';
import type { Health } from '../../src/reloader/health.ts';
import type { ObservedWorkload } from '../../src/reloader/observed-workload.ts';
import { planWorkload } from '../../src/reloader/plan.ts';
import type { Blocked, PlanContext } from '../../src/reloader/plan-types.ts';
import { workloadState } from '../../src/reloader/workload-state.ts';
import { config, observed, settledOn } from './objects.ts';

const a = 'aaaaaaaaaaaa';
const b = 'bbbbbbbbbbbb';
const healthy: Health = { kind: 'healthy' };
const optIn = { 'confroll.dev/config': 'shop' };

function stateOf(
  workload: ObservedWorkload,
  options: { health?: Health; hash?: string | undefined; hold?: string; obstacle?: Blocked } = {},
): string {
  const { health = healthy, obstacle } = options;
  const hash = 'hash' in options ? options.hash : b;
  const gitConfig = config('shop', hash === undefined ? {} : { hash });
  const context: PlanContext = {
    config: () => ({ gitConfig, newest: hash, wanted: hash, stable: hash, lost: [] }),
    snapshot: () => 'present',
    namespaceHold: options.hold,
  };
  const plan = planWorkload(workload, health, context);
  const { kind, reason } = workloadState(plan, 'shop', health, context, obstacle);
  return `${kind} ${reason}`;
}

describe('the state of a workload', () => {
  it.each<[string, string, string]>([
    ['healthy on the wanted hash', stateOf(settledOn(b)), 'current Healthy'],
    [
      'a DaemonSet that lacks a Pod long after it was well on the stable hash',
      stateOf(settledOn(b, { kind: 'DaemonSet' }), { health: { kind: 'failed', message: '' } }),
      'updating NotAvailable',
    ],
    [
      'of which the update strategy keeps Pods back',
      stateOf(settledOn(b, { kind: 'StatefulSet' }), { health: { kind: 'partial', message: '' } }),
      'held UpdateStrategy',
    ],
    [
      'whose Pods are refused at admission',
      stateOf(
        settledOn(b, {
          status: {
            observedGeneration: 1,
            conditions: [
              {
                type: 'ReplicaFailure',
                status: 'True',
                reason: 'FailedCreate',
                message: 'admission webhook "pods.confroll.dev" denied the request',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        }),
        { health: { kind: 'degraded', message: '' } },
      ),
      'updating PodsRefused',
    ],
    ['behind', stateOf(settledOn(a)), 'updating Moving'],
    [
      'behind, with an obstacle',
      stateOf(settledOn(a), { obstacle: { reason: 'PodRefused', message: '' } }),
      'updating PodRefused',
    ],
    ['held', stateOf(settledOn(a, { labels: { 'held.confroll.dev/shop': b } })), 'held Held'],
    ['frozen by a label while behind', stateOf(settledOn(a), { hold: 'x' }), 'held OnHold'],
    ['frozen by a label where nothing is due', stateOf(settledOn(b), { hold: 'x' }), 'current Healthy'],
    ['failed', stateOf(settledOn(b), { health: { kind: 'failed', message: '' } }), 'failed RolloutFailed'],
    ['paused', stateOf(settledOn(b), { health: { kind: 'paused', message: '' } }), 'updating Paused'],
    [
      'rolled out, then a Pod crashed',
      stateOf(settledOn(b), { health: { kind: 'degraded', message: '' } }),
      'updating NotAvailable',
    ],
    [
      'nothing published',
      stateOf(observed({ labels: optIn }), { hash: undefined }),
      'updating NothingPublished',
    ],
    [
      'nothing published, stamped by admission without a Pin',
      stateOf(observed({ labels: optIn, templateLabels: optIn }), { hash: undefined }),
      'updating NothingPublished',
    ],
    [
      'a request that cannot be read',
      stateOf(observed({ labels: { 'confroll.dev/config': 'No' } })),
      'failed InvalidRequest',
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});
