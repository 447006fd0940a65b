// confroll as users install it, on a cluster with a real node: image and manifests/overlays/local.
import type { Cluster } from '../cluster.ts';
import type { Kubectl } from '../kubectl.ts';
import { until } from '../until.ts';
import { applyObjects, renderManifests } from './manifests.ts';

type Options = {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  /** Docker archives; imported into the node. */
  readonly images: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Resolves when the API server really calls the webhook; rejects with the reason after about two minutes. */
export async function installInCluster(options: Options): Promise<void> {
  const { cluster, kubectl, images, say, signal } = options;
  say('importing images into the node');
  for (const image of images) await cluster.importImage(image);
  say('installing confroll (kubectl apply -k manifests/overlays/local)');
  await applyObjects(kubectl, await renderManifests(kubectl, 'overlays/local'));
  for (const name of ['confroll-controller', 'confroll-webhook']) {
    await kubectl(['-n', 'confroll-system', 'rollout', 'status', `deployment/${name}`, '--timeout=120s'], {
      signal,
    });
  }
  await admissionAnswers(kubectl, signal);
}

/**
 * A webhook that is ready is not yet an API server that has seen its certificate authority and endpoints: asks with a
 * dry-run Pod until the webhook itself refuses it, since no GitConfig has that name.
 */
export async function admissionAnswers(kubectl: Kubectl, signal: AbortSignal): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'probe',
      namespace: 'default',
      labels: { 'confroll.dev/config': 'none-has-this-name' },
    },
    spec: { containers: [{ name: 'app', image: 'none' }] },
  };
  await until('an answer of the webhook', { signal, seconds: 60 }, async () => {
    const input = JSON.stringify(pod);
    const refusal = await kubectl(['create', '--dry-run=server', '-f', '-'], { input, signal }).then(
      () => '',
      String,
    );
    if (refusal.includes('GitConfig')) return true;
    throw new Error(refusal || 'the API server does not call it');
  });
}
