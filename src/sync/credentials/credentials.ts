// What a GitConfig shows to its Git server: of Secrets that it names, else of the operator's credentials, with a proxy of a
// Secret or of the environment. Read anew for each look, so that a rotated one counts at the next.
import type { GitConfig } from '../../api/gitconfig.ts';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Kube } from '../../kube/api.ts';
import { SourceError } from '../git/source-error.ts';
import type { SourceFailure } from '../source.ts';
import { bindingOf } from './bound-host.ts';
import type { Credential, Login, Origin, TlsMaterial } from './credential.ts';
import type { Material, Reading } from './material.ts';
import type { OperatorCredentials } from './operator/operator-credentials.ts';
import { readLogin } from './read-login.ts';
import { readProxy } from './read-proxy.ts';
import { createReadSecret, demandBinding, type ServiceAccount } from './read-secret.ts';
import { readTls } from './read-tls.ts';

export type FoundCredential =
  | { readonly kind: 'ok'; readonly credential: Credential; readonly origin: Origin }
  | SourceFailure;

export type Credentials = {
  /** Rejects when the API server does not answer. */
  find(config: GitConfig, address: RepositoryAddress, signal: AbortSignal): Promise<FoundCredential>;
};

/** Of the environment. */
export type ProxyOf = (address: RepositoryAddress) => Credential['proxy'];

export type CredentialsDeps = {
  readonly kube: Pick<Kube, 'get'>;
  readonly serviceAccount: ServiceAccount;
  readonly operator: OperatorCredentials;
  readonly proxyOf: ProxyOf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

type Found<T> = { readonly value: T; readonly from: string | undefined };
type FoundLogin = {
  readonly login: Found<Login>;
  readonly tls: Found<TlsMaterial>;
  readonly isOperators: boolean;
};

export function createCredentials(deps: CredentialsDeps): Credentials {
  const readSecret = createReadSecret(deps);

  const findLogin = async (
    config: GitConfig,
    address: RepositoryAddress,
    signal: AbortSignal,
  ): Promise<FoundLogin> => {
    const namespace = config.metadata.namespace ?? '';
    const name = config.spec.source.secretRef?.name;
    if (name === undefined) {
      const material = await deps.operator.find(address, namespace);
      return material === undefined ? nobody(address) : ofMaterial(material, address, true);
    }
    const { secret, material } = await readSecret({ namespace, name, field: 'secretRef' }, signal);
    demandHost(secret, address);
    return ofMaterial(material, address, false);
  };

  const ofMaterial = (material: Material, address: RepositoryAddress, isOperators: boolean): FoundLogin => {
    const login = need(material, readLogin(material, address));
    const tls = need(material, readTls(material, deps.now()));
    const from = material.name;
    return {
      isOperators,
      tls: { value: tls, from },
      login: { value: login, from: login.kind === 'anonymous' ? undefined : from },
    };
  };

  const findTls = async (
    config: GitConfig,
    address: RepositoryAddress,
    signal: AbortSignal,
  ): Promise<Found<TlsMaterial>> => {
    const name = config.spec.source.certSecretRef?.name;
    if (name === undefined) return { value: noTls, from: undefined };
    if (address.scheme !== 'https') throw misplaced('certSecretRef', certificatesElsewhere[address.scheme]);
    const namespace = config.metadata.namespace ?? '';
    const { secret, material } = await readSecret({ namespace, name, field: 'certSecretRef' }, signal);
    demandHost(secret, address);
    const tls = need(material, readTls(material, deps.now()));
    if (tls.ca === undefined && tls.client === undefined) {
      throw new SourceError(
        material.refuse('lacks the keys that are needed: ca.crt, or tls.crt and tls.key'),
      );
    }
    return { value: tls, from: material.name };
  };

  const findProxy = async (
    config: GitConfig,
    address: RepositoryAddress,
    signal: AbortSignal,
  ): Promise<Found<Credential['proxy']>> => {
    const name = config.spec.source.proxySecretRef?.name;
    if (name === undefined) {
      const value = address.scheme === 'ssh' ? undefined : deps.proxyOf(address);
      return { value, from: value === undefined ? undefined : 'environment of the controller' };
    }
    if (address.scheme === 'ssh') {
      throw misplaced(
        'proxySecretRef',
        'SSH does not go through an HTTP proxy: take it out, or use an https:// address',
      );
    }
    const namespace = config.metadata.namespace ?? '';
    const { secret, material } = await readSecret({ namespace, name, field: 'proxySecretRef' }, signal);
    // Which host it names is for those who may read it.
    const bind = { secret, to: 'the proxy that it names', hostText: hostOfAddress(namespace, name) };
    demandBinding(bindingOf(secret.metadata, 'http', '') === 'none' ? 'none' : 'bound', bind);
    const proxy = need(material, readProxy(material));
    const scheme = proxy.url.protocol === 'https:' ? 'https' : 'http';
    demandBinding(bindingOf(secret.metadata, scheme, proxy.url.host), bind);
    return { value: proxy, from: material.name };
  };

  return {
    async find(config, address, signal) {
      try {
        const { login, tls, isOperators } = await findLogin(config, address, signal);
        const special = await findTls(config, address, signal);
        const proxy = await findProxy(config, address, signal);
        if (isOperators && special.value.ca !== undefined) throw foreignAuthority(special.from, login.from);
        const [ca, client] = [special.value.ca ?? tls.value.ca, special.value.client ?? tls.value.client];
        return {
          kind: 'ok',
          credential: { login: login.value, tls: { ca, client }, proxy: proxy.value },
          origin: {
            login: login.from,
            ca: ca === undefined ? undefined : special.value.ca === undefined ? tls.from : special.from,
            client:
              client === undefined ? undefined : special.value.client === undefined ? tls.from : special.from,
            proxy: proxy.from,
          },
        };
      } catch (error) {
        if (error instanceof SourceError) return error.failure;
        throw error;
      }
    },
  };
}

const noTls: TlsMaterial = { ca: undefined, client: undefined };

const certificatesElsewhere = {
  http: 'http:// has no certificates: take it out, or use an https:// address',
  ssh: 'SSH has no certificates of this kind: take it out, and put known_hosts into the Secret of spec.source.secretRef',
} as const;

function nobody({ scheme, text }: RepositoryAddress): FoundLogin {
  if (scheme !== 'ssh') {
    const nothing = { value: noTls, from: undefined };
    return { login: { value: { kind: 'anonymous' }, from: undefined }, tls: nothing, isOperators: false };
  }
  throw new SourceError({
    class: 'person',
    reason: 'SecretInvalid',
    message: `${text} needs an SSH key: put a private key under identity, and the server's host keys under known_hosts, into a Secret of this namespace and name it in spec.source.secretRef`,
  });
}

function demandHost(secret: Parameters<typeof demandBinding>[1]['secret'], address: RepositoryAddress): void {
  const { scheme, host } = address;
  demandBinding(bindingOf(secret.metadata, scheme, host), { secret, to: host, hostText: host });
}

// Printed in a message, run in a shell of somebody who may read the Secret.
function hostOfAddress(namespace: string, name: string): string {
  return `"$(kubectl get secret ${name} -n ${namespace} -o go-template='{{.data.address | base64decode}}' | sed 's|^[^:]*://||; s|/.*||')"`;
}

function need<T>(material: Material, reading: Reading<T>): T {
  if (reading.kind === 'problem') throw new SourceError(material.refuse(reading.problem));
  return reading.value;
}

function misplaced(field: string, why: string): SourceError {
  const message = `spec.source.${field} does not fit spec.source.url: ${why}`;
  return new SourceError({ class: 'person', reason: 'InvalidSource', message });
}

// Who chooses the authority, and the proxy on the way, could put a server of their own there and read what is sent.
function foreignAuthority(authority: string | undefined, login: string | undefined): SourceError {
  return new SourceError({
    class: 'person',
    reason: 'SecretInvalid',
    message: `${authority ?? ''} holds ca.crt, which is not used together with ${login ?? 'credentials'} of the operator, who alone says which authority is trusted there: take ca.crt out, or give credentials of this namespace in spec.source.secretRef`,
  });
}
