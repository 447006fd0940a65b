// What a workload without a Pin gets, and which words name what asks for a GitConfig that is not there.
import { describe, expect, it } from 'vitest';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import type { AdmissionRequest } from '../../src/webhook/admission-review.ts';
import type { Sources } from '../../src/webhook/sources.ts';
import { createWorkloadAdmission } from '../../src/webhook/workloads.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import { a, b, type Short, workloadOf } from './short-workload.ts';

const admit = (before: Short, request: Short, sources: Partial<Sources>) =>
  createWorkloadAdmission({
    sources: {
      gitConfig: async () => undefined,
      snapshot: async () => ({ kind: 'absent', name: '' }),
      ...sources,
    },
    log: createRecordedLog(),
    onMismatch: () => {},
  })({
    uid: 'u',
    kind: 'StatefulSet',
    operation: 'UPDATE',
    namespace: 'prod',
    name: 'web',
    object: workloadOf(request),
    oldObject: workloadOf(before),
    dryRun: false,
  } satisfies AdmissionRequest);

describe('a workload', () => {
  const settled: Short = { config: 'shop', template: 'shop', pins: { shop: a } };

  it.each<[string, Short, Short, string]>([
    ['label', {}, { template: 'shop' }, 'label confroll.dev/config'],
    [
      'annotation',
      settled,
      { ...settled, annotations: { 'additional-configs': 'flags' } },
      'annotation confroll.dev/additional-configs',
    ],
  ])('is told which %s asks for a GitConfig that is not there', async (_, before, request, named) => {
    expect(await admit(before, request, {})).toMatchObject({
      kind: 'deny',
      message: expect.stringContaining(`which is asked for (${named})`),
    });
  });

  it('gets the stable content when the Snapshot that it ran on was scribbled on', async () => {
    const waiting: Short = { config: 'shop', labels: { 'rolled/shop': a } };
    const published: GitConfig = {
      metadata: { name: 'shop', namespace: 'prod' },
      spec: {
        source: { url: 'https://git.example.com/x.git', ref: { branch: 'main' } },
        mountPath: '/etc/shop',
      },
      status: { hash: b },
    };
    const answer = await admit(
      waiting,
      { ...waiting, image: '2' },
      { snapshot: async () => ({ kind: 'changed', name: '' }), gitConfig: async () => published },
    );
    expect(JSON.stringify(answer)).toContain(`hash.confroll.dev~1shop","value":"${b}"`);
    expect(JSON.stringify(answer)).not.toContain(a);
  });
});
