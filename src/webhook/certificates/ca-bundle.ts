// The `caBundle` of each entry of our webhook configuration: whose certificates API servers trust.
import { webhookConfigurationName } from '../../api/keys.ts';
import type { KubeObject } from '../../api/objects.ts';
import { parseKubeObject } from '../../kube/parse.ts';
import { isRecord, jsonPointer, type PatchOperation } from '../../lib/json.ts';
import { bundleVerifies, type Leaf } from './verify.ts';

export type WebhookConfiguration = KubeObject & { readonly webhooks: readonly WebhookEntry[] };
/** `caBundle` is base64 of PEM, empty when it is absent. */
export type WebhookEntry = { readonly name: string; readonly caBundle: string };

export function parseWebhookConfiguration(raw: unknown): WebhookConfiguration {
  const { metadata } = parseKubeObject(raw);
  const webhooks = isRecord(raw) && Array.isArray(raw.webhooks) ? raw.webhooks.filter(isRecord) : [];
  return {
    metadata,
    webhooks: webhooks.map(({ name, clientConfig }) => ({
      name: String(name),
      caBundle:
        isRecord(clientConfig) && typeof clientConfig.caBundle === 'string' ? clientConfig.caBundle : '',
    })),
  };
}

/**
 * Empty when every entry has these bytes; with `wiped`, when no entry is without any. Each write is guarded by the
 * entry's name: the order may have changed.
 */
export function bundleOperations(
  configuration: WebhookConfiguration,
  authorityCertificate: string,
  entries: 'all' | 'wiped' = 'all',
): readonly PatchOperation[] {
  const wanted = Buffer.from(authorityCertificate).toString('base64');
  return configuration.webhooks.flatMap(({ name, caBundle }, index): PatchOperation[] =>
    caBundle === wanted || (entries === 'wiped' && caBundle !== '')
      ? []
      : [
          { op: 'test', path: jsonPointer(['webhooks', index, 'name']), value: name },
          { op: 'add', path: jsonPointer(['webhooks', index, 'clientConfig', 'caBundle']), value: wanted },
        ],
  );
}

/** Undefined when API servers accept the leaf for every entry, else what stands in the way. */
export function untrustedBecause(
  configuration: WebhookConfiguration | undefined,
  leaf: Leaf,
  now: number,
): string | undefined {
  if (configuration === undefined) {
    return `there is no MutatingWebhookConfiguration "${webhookConfigurationName}"; apply the manifests of confroll`;
  }
  if (configuration.webhooks.length === 0) {
    return `the MutatingWebhookConfiguration "${webhookConfigurationName}" has no webhooks; apply the manifests of confroll`;
  }
  const entry = configuration.webhooks.find(({ caBundle }) => !bundleVerifies(caBundle, leaf, now));
  if (entry === undefined) return undefined;
  return `the caBundle of webhook "${entry.name}" does not verify the certificate that is served`;
}
