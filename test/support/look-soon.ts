// Asks for a look at Git, as a push hook would, without waiting for what comes of it.
import { syncRequestedAtAnnotation } from '../../src/api/keys.ts';
import type { Kube } from '../../src/kube/api.ts';
import { parseGitConfig } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';

export async function lookSoon(kube: Kube, namespace: string, name = 'shop'): Promise<void> {
  const ref = { resource: resources.gitConfigs, namespace, name };
  const body = { metadata: { annotations: { [syncRequestedAtAnnotation]: crypto.randomUUID() } } };
  const options = { signal: AbortSignal.timeout(30_000), fieldManager: 'confroll-test' };
  await kube.patch(ref, { kind: 'merge', body }, parseGitConfig, options);
}
