// The authority that all replicas share, kept in one Secret. There is no leader: whoever is first creates it, all others
// read what is there.
import { fieldManagers, webhookAuthoritySecret } from '../../api/keys.ts';
import type { Secret } from '../../api/objects.ts';
import type { Kube } from '../../kube/api.ts';
import { isKubeStatus } from '../../kube/kube-error.ts';
import { parseSecret } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';
import { issueAuthority, type KeyPair } from './issue.ts';
import { type Authority, checkAuthority } from './verify.ts';

/**
 * What the Secret holds. A Secret that is gone is made again with `current`, the authority that this replica has in
 * memory, so that nothing changes for those who trust it. Rejects, naming the command that mends it, when the Secret
 * holds no usable authority.
 */
export async function obtainAuthority(options: {
  readonly kube: Kube;
  readonly namespace: string;
  readonly now: number;
  readonly current: Authority | undefined;
  readonly signal: AbortSignal;
}): Promise<Authority> {
  const { kube, namespace, now, current, signal } = options;
  const ref = { resource: resources.secrets, namespace, name: webhookAuthoritySecret };
  const secret =
    (await kube.get(ref, parseSecret, { signal })) ??
    (await createSecret(options, current ?? (await issueAuthority(now)))) ??
    (await kube.get(ref, parseSecret, { signal }));
  if (secret === undefined)
    throw new Error(`Secret ${namespace}/${webhookAuthoritySecret} vanished; trying again`);
  const checked = checkAuthority(pairOf(secret), now);
  if ('authority' in checked) return checked.authority;
  throw new Error(
    `Secret ${namespace}/${webhookAuthoritySecret} holds no usable authority: ${checked.problem}. To have a new one made: kubectl -n ${namespace} delete secret ${webhookAuthoritySecret}`,
  );
}

/** Undefined when another replica was first. */
async function createSecret(
  {
    kube,
    namespace,
    signal,
  }: { readonly kube: Kube; readonly namespace: string; readonly signal: AbortSignal },
  { certificate, key }: KeyPair,
): Promise<Secret | undefined> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: webhookAuthoritySecret,
      labels: { 'app.kubernetes.io/name': 'confroll', 'app.kubernetes.io/component': 'webhook' },
    },
    type: 'Opaque',
    data: { 'ca.crt': encode(certificate), 'ca.key': encode(key) },
  };
  const write = { signal, fieldManager: fieldManagers.webhook };
  try {
    return await kube.create({ resource: resources.secrets, namespace }, body, parseSecret, write);
  } catch (error) {
    if (isKubeStatus(error, 409)) return undefined;
    throw error;
  }
}

function pairOf({ data = {} }: Secret): KeyPair {
  return { certificate: decode(data['ca.crt']), key: decode(data['ca.key']) };
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
