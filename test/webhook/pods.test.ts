// What of a Pod's life is admitted without a look.
import { describe, expect, it } from 'vitest';
import type { AdmissionRequest } from '../../src/webhook/admission-review.ts';
import { withinNamespaces } from '../../src/webhook/namespaces.ts';
import { createPodAdmission } from '../../src/webhook/pods.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const admission = createPodAdmission({
  sources: { gitConfig: async () => undefined, snapshot: async () => ({ kind: 'absent', name: '' }) },
  log: createRecordedLog(),
  onMismatch: () => {},
  version: '1.2.3',
});
const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: 'Pod',
  operation: 'CREATE',
  namespace: 'prod',
  name: 'web',
  object: { metadata: { labels: { 'confroll.dev/config': 'shop' } }, spec: { containers: [] } },
  oldObject: undefined,
  dryRun: false,
  ...more,
});
const mirror = {
  metadata: {
    labels: { 'confroll.dev/config': 'shop' },
    annotations: { 'kubernetes.io/config.mirror': 'abc' },
  },
};

describe('a request about Pods', () => {
  it('that is no creation changes nothing', async () => {
    expect(await admission(request({ operation: 'UPDATE' }))).toMatchObject({
      kind: 'allow',
      operations: [],
    });
  });

  it('for a mirror of a static Pod changes nothing, and says so', async () => {
    expect(await admission(request({ object: mirror }))).toMatchObject({
      kind: 'allow',
      operations: [],
      warnings: [expect.stringContaining('static Pods')],
    });
  });

  it('that is about another kind is refused', async () => {
    expect(await admission(request({ kind: 'Deployment' }))).toMatchObject({ kind: 'deny' });
  });
});

describe('a webhook for some namespaces', () => {
  const narrow = withinNamespaces(['prod'], admission);

  it('refuses Pods of others with words, and leaves workloads alone', async () => {
    expect(await narrow(request())).toMatchObject({
      message: expect.stringContaining('no GitConfig "shop"'),
    });
    expect(await narrow(request({ namespace: 'dev' }))).toMatchObject({
      kind: 'deny',
      message: 'confroll does not look at namespace "dev", only at prod (flag --namespaces)',
    });
    expect(await narrow(request({ namespace: 'dev', kind: 'Deployment' }))).toMatchObject({
      kind: 'allow',
      operations: [],
      warnings: [expect.stringContaining('does not look at namespace "dev"')],
    });
  });
});
