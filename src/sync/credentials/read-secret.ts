// A Secret that a GitConfig names -> Material, if it may be used for that host. It is used for the host that it is bound
// to and no other: else whoever may create a GitConfig could send any Secret of the namespace to a server of their own.
import { gitCredentialsRole, gitHostAnnotation } from '../../api/keys.ts';
import type { Secret } from '../../api/objects.ts';
import type { Kube } from '../../kube/api.ts';
import { isKubeStatus } from '../../kube/kube-error.ts';
import { parseSecret } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import { SourceError } from '../git/source-error.ts';
import type { SourceFailure } from '../source.ts';
import type { Binding } from './bound-host.ts';
import { createMaterial, type Material } from './material.ts';

/** Confroll's own, for the command that lets it read a Secret. */
export type ServiceAccount = { readonly namespace: string; readonly name: string };

export type SecretName = {
  readonly namespace: string;
  readonly name: string;
  /** Of spec.source, or spec.commitStatus.secretRef. */
  readonly field: 'secretRef' | 'certSecretRef' | 'proxySecretRef' | 'commitStatus';
};

export type ReadSecret = (at: SecretName, signal: AbortSignal) => Promise<NamedSecret>;
export type NamedSecret = { readonly secret: Secret; readonly material: Material };

/** It rejects with a SourceError, and with the error of the API server when that does not answer. */
export function createReadSecret(deps: {
  readonly kube: Pick<Kube, 'get'>;
  readonly serviceAccount: ServiceAccount;
}): ReadSecret {
  return async ({ namespace, name, field }, signal) => {
    try {
      const ref = { resource: resources.secrets, namespace, name };
      const secret = await deps.kube.get(ref, parseSecret, { signal });
      if (secret !== undefined) return { secret, material: materialOf(secret) };
    } catch (error) {
      if (isKubeStatus(error, 403)) throw notReadable(namespace, name, deps.serviceAccount);
      throw error;
    }
    throw new SourceError(
      invalid(
        `there is no Secret "${name}" in namespace "${namespace}": create it, or correct ${field === 'commitStatus' ? 'spec.commitStatus.secretRef' : `spec.source.${field}`}`,
      ),
    );
  };
}

/**
 * `hostText` is what the annotation should be: a host, or, where that is not to be shown to who names the Secret, what a
 * shell puts in its place.
 */
export function demandBinding(
  binding: Binding,
  { secret, to, hostText }: { readonly secret: Secret; readonly to: string; readonly hostText: string },
): void {
  if (binding === 'bound') return;
  const { name, namespace = '' } = secret.metadata;
  const state = binding === 'none' ? 'is not bound to any host' : `is bound to another host than ${to}`;
  throw new SourceError({
    class: 'person',
    reason: 'SecretNotBound',
    message: `Secret "${name}" ${state}, so it is not sent to ${to}. If it is meant for that server: kubectl annotate secret ${name} ${gitHostAnnotation}=${hostText} --overwrite --field-manager=confroll-person -n ${namespace}`,
  });
}

function materialOf(secret: Secret): Material {
  const name = `Secret "${secret.metadata.name}"`;
  const values = Object.entries(secret.data ?? {}).map(
    ([key, encoded]) => [key, Buffer.from(encoded, 'base64')] as const,
  );
  return createMaterial(name, new Map(values), (problem) => invalid(`${name} ${problem}`));
}

function notReadable(namespace: string, name: string, account: ServiceAccount): SourceError {
  return new SourceError({
    class: 'person',
    reason: 'SecretNotReadable',
    message: `confroll may not read Secret "${name}". To allow it to read Secrets of namespace "${namespace}": kubectl create rolebinding ${gitCredentialsRole} --clusterrole=${gitCredentialsRole} --serviceaccount=${account.namespace}:${account.name} -n ${namespace}`,
  });
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'SecretInvalid', message };
}
