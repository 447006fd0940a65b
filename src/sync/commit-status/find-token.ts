// The token that a commit status is written with: of a Secret of its own, or what the repository is read with. It goes to the
// host that it is bound to and to no other: else whoever may create a GitConfig could send it to a server of their own.
import type { GitConfig } from '../../api/gitconfig.ts';
import { parseRepositoryAddress, type RepositoryAddress } from '../../api/repository-url.ts';
import { trimEndOf } from '../../lib/trim-end.ts';
import type { Authorizers } from '../credentials/authorizers.ts';
import { bindingOf } from '../credentials/bound-host.ts';
import type { Credentials, ProxyOf } from '../credentials/credentials.ts';
import type { ApiWay } from '../credentials/github/ask-api.ts';
import { demandBinding, type ReadSecret } from '../credentials/read-secret.ts';
import { SourceError } from '../git/source-error.ts';

export type FoundToken = { readonly token: string; readonly way: ApiWay };

export type FindTokenDeps = {
  readonly credentials: Pick<Credentials, 'find'>;
  readonly authorizers: Authorizers;
  readonly readSecret: ReadSecret;
  readonly proxyOf: ProxyOf;
};

/** Rejects with a SourceError, and with the error of the API server when that does not answer. */
export async function findToken(
  config: GitConfig,
  address: RepositoryAddress,
  apiUrl: URL,
  deps: FindTokenDeps,
  signal: AbortSignal,
): Promise<FoundToken> {
  const found = await deps.credentials.find(config, address, signal);
  if (found.kind === 'failed') throw new SourceError(found);
  const { login, tls, proxy } = found.credential;
  const isOwnHost = address.scheme !== 'ssh' && [address.host, `api.${address.host}`].includes(apiUrl.host);
  // What is trusted for one host, and shown to it, is not for another.
  const way: ApiWay = isOwnHost ? { tls, proxy } : { tls: noTls, proxy: proxy ?? proxyTo(apiUrl, deps) };
  const name = config.spec.commitStatus?.secretRef?.name;
  if (name !== undefined) return { token: await ownToken(name), way };
  if (login.kind === 'ssh' || login.kind === 'anonymous') throw wrong(noToken);
  const isSameScheme = apiUrl.protocol === `${address.scheme}:`;
  if (!isOwnHost || !isSameScheme) {
    throw wrong(
      `the credential of ${address.host} is not sent to ${apiUrl.origin}: correct spec.commitStatus.apiUrl, or name a Secret that is bound to that host in spec.commitStatus.secretRef`,
    );
  }
  const header = await deps.authorizers.of(login, way).header(signal);
  const token = tokenOf(header ?? '');
  if (token === undefined) throw wrong(noToken);
  return { token, way };

  async function ownToken(secretName: string): Promise<string> {
    const namespace = config.metadata.namespace ?? '';
    const { secret, material } = await deps.readSecret(
      { namespace, name: secretName, field: 'commitStatus' },
      signal,
    );
    const scheme = apiUrl.protocol === 'http:' ? 'http' : 'https';
    const binding = bindingOf(secret.metadata, scheme, apiUrl.host);
    demandBinding(binding, { secret, to: apiUrl.host, hostText: apiUrl.host });
    const own = material.value('token') ?? material.value('bearerToken') ?? material.value('password');
    if (own === undefined || !/^[\x21-\x7e]+$/.test(own)) {
      throw new SourceError(
        material.refuse(
          'has no token under token, bearerToken or password: put one that may write commit statuses there',
        ),
      );
    }
    return own;
  }
}

// Git over SSH goes through none.
function proxyTo(apiUrl: URL, { proxyOf }: FindTokenDeps): ApiWay['proxy'] {
  const address = parseRepositoryAddress(`${apiUrl.origin}/api`);
  return address === undefined ? undefined : proxyOf(address);
}

const noTls = { ca: undefined, client: undefined };

const noToken =
  'the repository is read without a token, so no commit status can be written: name a Secret with one in spec.commitStatus.secretRef';

function tokenOf(header: string): string | undefined {
  const [, kind, value = ''] = /^(Basic|Bearer) (.+)$/.exec(header) ?? [];
  if (kind !== 'Basic') return kind === undefined ? undefined : value;
  const login = trimEndOf(Buffer.from(value, 'base64').toString('utf8'), '\n');
  const password = login.slice(login.indexOf(':') + 1);
  return /^[\x21-\x7e]+$/.test(password) ? password : undefined;
}

function wrong(message: string): SourceError {
  return new SourceError({ class: 'person', reason: 'SecretInvalid', message });
}
