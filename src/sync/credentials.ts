// The Secret that a GitConfig names -> what is sent to the Git server. A Secret is used for the host that it is bound to
// and no other: else whoever may create a GitConfig could send any Secret of the namespace to a server of their own.
import { X509Certificate } from 'node:crypto';
import type { GitConfig } from '../api/gitconfig.ts';
import { gitCredentialsRole, gitHostAnnotation } from '../api/keys.ts';
import type { Secret } from '../api/objects.ts';
import { parseRepositoryAddress, type RepositoryAddress } from '../api/repository-url.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import { parseSecret } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import type { Credential, Login, Origin } from './credentials/credential.ts';
import type { SourceFailure } from './source.ts';

export type ServiceAccount = { readonly namespace: string; readonly name: string };

export type FoundCredential =
  | { readonly kind: 'ok'; readonly credential: Credential; readonly origin: Origin }
  | SourceFailure;

/** Read anew each time, so that a changed password counts at the next look. Rejects when the API server does not answer. */
export async function readCredential(
  config: GitConfig,
  address: RepositoryAddress,
  deps: { readonly kube: Pick<Kube, 'get'>; readonly serviceAccount: ServiceAccount },
  signal: AbortSignal,
): Promise<FoundCredential> {
  const name = config.spec.source.secretRef?.name;
  if (name === undefined) {
    return found(anonymous, undefined, undefined);
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
    return boundElsewhere(secret, address, namespace) ?? usable(secret);
  } catch (error) {
    if (isKubeStatus(error, 403)) return notReadable(name, namespace, deps.serviceAccount);
    throw error;
  }
}

function boundElsewhere(
  secret: Secret,
  { scheme, host }: RepositoryAddress,
  namespace: string,
): SourceFailure | undefined {
  const { name } = secret.metadata;
  const bound = secret.metadata.annotations?.[gitHostAnnotation];
  if (bound !== undefined && hostOf(bound, scheme) === host) return undefined;
  const state = bound === undefined ? 'is not bound to any host' : `is bound to another host than ${host}`;
  return {
    kind: 'failed',
    class: 'person',
    reason: 'SecretNotBound',
    message: `Secret "${name}" ${state}, so it is not sent to ${host}. If it is meant for that server: kubectl annotate secret ${name} ${gitHostAnnotation}=${host} --overwrite --field-manager=confroll-person -n ${namespace}`,
  };
}

/** `host[:port]` as the URL of that scheme would have it; undefined for anything that is more or less than that. */
function hostOf(bound: string, scheme: RepositoryAddress['scheme']): string | undefined {
  const text = bound.trim();
  if (!/^[^/?#@\\\s]+$/.test(text)) return undefined;
  return parseRepositoryAddress(`${scheme}://${text}/x`)?.host;
}

function usable(secret: Secret): FoundCredential {
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
    return found({ kind: 'header', authorization: basic(username, password) }, ca, name);
  }
  if (token !== undefined) {
    // The big hosts take any user name beside a token, and some refuse an empty one.
    const authorization = basic(username ?? 'x-access-token', token);
    return found({ kind: 'header', authorization }, ca, name);
  }
  if (ca !== undefined && username === undefined && password === undefined) {
    return found(anonymous, ca, name);
  }
  return invalid(
    `Secret "${name}" lacks the keys that are needed: username and password, or token; for a server without credentials ca.crt alone`,
  );
}

const anonymous: Login = { kind: 'anonymous' };

function found(login: Login, ca: string | undefined, secretName: string | undefined): FoundCredential {
  const secret = secretName === undefined ? undefined : `Secret "${secretName}"`;
  return {
    kind: 'ok',
    credential: { login, tls: { ca, client: undefined }, proxy: undefined },
    origin: { login: secret, ca: secret, client: undefined, proxy: undefined },
  };
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
