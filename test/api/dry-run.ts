// What the real API server says to GitConfigs of whatever spec, without keeping them.
import type { Kubectl } from '../../local/kubectl.ts';

/** As JSON; what every GitConfig needs is filled in. */
export function gitConfigWith(spec: object, name = 'shop'): string {
  return JSON.stringify({
    apiVersion: 'confroll.dev/v1alpha1',
    kind: 'GitConfig',
    metadata: { name, namespace: 'default' },
    spec: {
      source: { url: 'https://git.example.com/team/config.git', ref: { branch: 'main' } },
      mountPath: '/etc/shop',
      ...spec,
    },
  });
}

/** All in one call: kubectl says of each what became of it. */
export function dryRun(kubectl: Kubectl, objects: readonly string[]): Promise<string> {
  return kubectl(['create', '--dry-run=server', '-f', '-'], { input: objects.join('\n---\n') });
}
