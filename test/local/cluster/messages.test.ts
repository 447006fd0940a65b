// The protocol between caller and supervisor survives its way as JSON, and nothing else is taken for it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FromSupervisor,
  parseFromSupervisor,
  parseToSupervisor,
} from '../../../local/cluster/messages.ts';

const throughJson = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

const facts = {
  kubeconfig: '/c/kubeconfig',
  kubectl: '/k',
  nodes: 'real',
  missing: ['a sentence'],
  directory: '/c',
  server: 'https://198.18.255.2:6443',
  gateway: '198.18.0.1',
  inside: undefined,
  prefix: ['nsenter'],
  containerd: [],
} as const;

describe('what the supervisor says', () => {
  test.each<FromSupervisor>([
    { type: 'log', line: 'a line' },
    { type: 'ready', facts },
    { type: 'failed', message: 'a reason' },
    { type: 'processes', list: [{ name: 'etcd', pid: 7 }] },
    { type: 'restarted', id: 1, problem: undefined },
    { type: 'restarted', id: 1, problem: 'a reason' },
  ])('$type arrives as it was sent', (message) => {
    expect(parseFromSupervisor(throughJson(message))).toEqual(message);
  });
});

describe('what the caller says', () => {
  test.each([
    { type: 'start', nodes: 'none', audit: true, environment: { assets: undefined, cache: '/cache' } },
    { type: 'restart', id: 3, program: 'etcd' },
    { type: 'stop' },
  ])('$type arrives as it was sent', (message) => {
    expect(parseToSupervisor(throughJson(message))).toEqual(message);
  });

  test.each([
    ['an unknown kind of nodes', { type: 'start', nodes: 'many', environment: { cache: '/cache' } }],
    ['no cache', { type: 'start', nodes: 'none', environment: {} }],
    ['no program', { type: 'restart', id: 3 }],
  ])('%s makes it no message', (_, message) => {
    expect(parseToSupervisor(message)).toBeUndefined();
  });
});

test('anything else is no message', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(parseFromSupervisor(value)).toBeUndefined();
      expect(parseToSupervisor(value)).toBeUndefined();
    }),
  );
});
