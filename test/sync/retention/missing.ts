// What the reloader says of Snapshots that workloads name and that are not there, where the test plays it.
import { fieldManagers } from '../../../src/api/keys.ts';
import type { Kube } from '../../../src/kube/api.ts';
import { parseGitConfig } from '../../../src/kube/parse.ts';
import { resources } from '../../../src/kube/resources.ts';

export async function sayMissing(kube: Kube, namespace: string, hashes: readonly string[]): Promise<void> {
  const body = {
    apiVersion: 'confroll.dev/v1alpha1',
    kind: 'GitConfig',
    metadata: { name: 'shop', namespace },
    status: { missing: hashes },
  };
  const ref = { resource: resources.gitConfigs, namespace, name: 'shop' };
  const options = {
    signal: AbortSignal.timeout(10_000),
    fieldManager: fieldManagers.reloader,
    subresource: 'status',
  } as const;
  await kube.patch(ref, { kind: 'apply', body }, parseGitConfig, options);
}
