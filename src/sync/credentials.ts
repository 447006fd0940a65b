// The Secret that a GitConfig names -> what is sent to the Git server. A Secret is used for the host that it is bound to
// and no other: else whoever may create a GitConfig could send any Secret of the namespace to a server of their own.
import { X509Certificate } from 'node:crypto';
import type { GitConfig } from '../api/gitconfig.ts';
import { gitCredentialsRole, gitHostAnnotation } from '../api/keys.ts';
import type { Secret } from '../api/objects.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import { parseSecret } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import type { SourceFailure } from './source.ts';

export type ServiceAccount = { readonly namespace: string; readonly name: string };

export type Credential = {
  readonly kind: 'ok';
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  /** PEM of the authorities that are trusted instead of the well-known ones. */
  readonly ca: string | undefined;
  readonly secretName: string | undefined;
};

/** Read anew each time, so that a changed password counts at the next look. Rejects when the API server does not answer. */
export async function readCredential(
  config: GitConfig,
  url: URL,
  deps: { readonly kube: Pick<Kube, 'get'>; readonly serviceAccount: ServiceAccount },
  signal: AbortSignal,
): Promise<Credential | SourceFailure> {
  const name = config.spec.source.secretRef?.name;
  if (name === undefined) {
    return { kind: 'ok', authorization: undefined, ca: undefined, secretName: undefined };
  }
  const namespace = config.metadata.namespace ?? '';
  try {
    const ref = { resource: resources.secrets, namespace, name };
    const secret = await deps.kube.get(ref, parseSecret, { signal });
    if (secret === undefined) {
      return invalid(
        `there is no Secret "${name}" in namespace "${namespace}": create it, or correct spec.source.secretRef`,
      );
    }
    return boundElsewhere(secret, url, namespace) ?? usable(secret);
  } catch (error) {
    if (isKubeStatus(error, 403)) return notReadable(name, namespace, deps.serviceAccount);
    throw error;
  }
}

function boundElsewhere(secret: Secret, url: URL, namespace: string): SourceFailure | undefined {
  const { name } = secret.metadata;
  const bound = secret.metadata.annotations?.[gitHostAnnotation];
  if (bound !== undefined && hostOf(bound, url.protocol) === url.host) return undefined;
  const state =
    bound === undefined ? 'is not bound to any host' : `is bound to another host than ${url.host}`;
  return {
    kind: 'failed',
    class: 'person',
    reason: 'SecretNotBound',
    message: `Secret "${name}" ${state}, so it is not sent to ${url.host}. If it is meant for that server: kubectl annotate secret ${name} ${gitHostAnnotation}=${url.host} --overwrite --field-manager=confroll-person -n ${namespace}`,
  };
}

/** `host[:port]` as the URL of that scheme would have it; undefined for anything that is more or less than that. */
function hostOf(bound: string, protocol: string): string | undefined {
  const text = bound.trim();
  if (!/^[^/?#@\\\s]+$/.test(text)) return undefined;
  return URL.parse(`${protocol}//${text}`)?.host;
}

function usable(secret: Secret): Credential | SourceFailure {
  const { name } = secret.metadata;
  const value = (key: string): string | undefined => {
    const encoded = secret.data?.[key];
    if (encoded === undefined) return undefined;
    // Files that become Secrets often end with a line end, which no credential has.
    const text = Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/[\r\n]+$/, '');
    return text === '' ? undefined : text;
  };
  const username = value('username');
  const password = value('password');
  const token = value('token');
  const ca = value('ca.crt');
  if (ca !== undefined && !isPem(ca)) {
    return invalid(`key ca.crt of Secret "${name}" is not a certificate in PEM: put the authority's there`);
  }
  if (username !== undefined && password !== undefined) {
    return { kind: 'ok', authorization: basic(username, password), ca, secretName: name };
  }
  if (token !== undefined) {
    // The big hosts take any user name beside a token, and some refuse an empty one.
    const authorization = basic(username ?? 'x-access-token', token);
    return { kind: 'ok', authorization, ca, secretName: name };
  }
  if (ca !== undefined && username === undefined && password === undefined) {
    return { kind: 'ok', authorization: undefined, ca, secretName: name };
  }
  return invalid(
    `Secret "${name}" lacks the keys that are needed: username and password, or token; for a server without credentials ca.crt alone`,
  );
}

function notReadable(name: string, namespace: string, account: ServiceAccount): SourceFailure {
  return {
    kind: 'failed',
    class: 'person',
    reason: 'SecretNotReadable',
    message: `confroll may not read Secret "${name}". To allow it to read Secrets of namespace "${namespace}": kubectl create rolebinding ${gitCredentialsRole} --clusterrole=${gitCredentialsRole} --serviceaccount=${account.namespace}:${account.name} -n ${namespace}`,
  };
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'SecretInvalid', message };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function isPem(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) return false;
  return blocks.every((block) => {
    try {
      return new X509Certificate(block).raw.length > 0;
    } catch {
      return false;
    }
  });
}
