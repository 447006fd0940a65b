import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../src/api/objects.ts';
import { hasOtherWriter, lastWriteOfOurs, trimManagedFields } from '../../src/reloader/pin-writer.ts';

// As Kubernetes 1.36 wrote them: a Deployment that kubectl applied, that the reloader opted in and moved, and that was
// then undone and marked as held. Fields that do not matter here are left out.
const user: ManagedFieldsEntry = {
  manager: 'kubectl-client-side-apply',
  operation: 'Update',
  time: '2026-11-24T12:38:54Z',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, 'f:confroll.dev/config': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:template': {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': { 'f:dnsPolicy': {} },
      },
    },
  },
};
const moved: ManagedFieldsEntry = {
  manager: 'confroll-reloader',
  operation: 'Update',
  time: '2026-11-24T12:38:55Z',
  fieldsV1: {
    'f:metadata': { 'f:labels': { 'f:confroll.dev/managed': {}, 'f:rolled.confroll.dev/shop': {} } },
    'f:spec': {
      'f:template': {
        'f:metadata': {
          'f:annotations': { '.': {}, 'f:hash.confroll.dev/shop': {} },
          'f:labels': { 'f:confroll.dev/config': {}, 'f:pin.confroll.dev/shop': {} },
        },
      },
    },
  },
};
const leftAfterUndo: ManagedFieldsEntry = {
  ...moved,
  fieldsV1: {
    'f:metadata': {
      'f:labels': {
        'f:confroll.dev/managed': {},
        'f:held.confroll.dev/shop': {},
        'f:rolled.confroll.dev/shop': {},
      },
    },
    'f:spec': {
      'f:template': { 'f:metadata': { 'f:annotations': {}, 'f:labels': { 'f:confroll.dev/config': {} } } },
    },
  },
};
const undo: ManagedFieldsEntry = {
  manager: 'kubectl',
  operation: 'Update',
  time: '2026-11-24T12:38:55Z',
  fieldsV1: {
    'f:spec': {
      'f:template': {
        'f:metadata': {
          'f:annotations': { 'f:hash.confroll.dev/shop': {} },
          'f:labels': { 'f:pin.confroll.dev/shop': {} },
        },
      },
    },
  },
};
const controller: ManagedFieldsEntry = {
  manager: 'kube-controller-manager',
  operation: 'Update',
  subresource: 'status',
  time: '2026-11-24T12:38:56Z',
  fieldsV1: {
    'f:metadata': { 'f:annotations': { 'f:deployment.kubernetes.io/revision': {} } },
    'f:status': {},
  },
};

describe.each([
  ['as they came', (entries: ManagedFieldsEntry[]) => entries],
  ['trimmed', trimManagedFields],
])('managedFields %s', (_, given) => {
  it.each([
    ['nobody owns the Pin: admission stamped it', [user, controller], false],
    ['the reloader owns it', [user, moved, controller], false],
    ['an undo owns it', [user, leftAfterUndo, controller, undo], true],
    ['none at all', [], false],
  ])('%s', (__, entries, expected) => {
    expect(hasOtherWriter(given(entries), 'shop')).toBe(expected);
  });

  it('speak of one config at a time', () => {
    expect(hasOtherWriter(given([undo]), 'common')).toBe(false);
  });

  it('tell when we last wrote', () => {
    expect(lastWriteOfOurs(given([user, moved]))).toBe(Date.parse('2026-11-24T12:38:55Z'));
    expect(lastWriteOfOurs(given([user, undo]))).toBeUndefined();
  });
});

it('keeps nothing of what is not asked', () => {
  expect(trimManagedFields([user, controller])).toEqual([]);
  expect(trimManagedFields(undefined)).toEqual([]);
  expect(JSON.stringify(trimManagedFields([moved]))).not.toContain('labels');
});
