// How a proxy itself is connected to, whatever is then asked of it.
import type { RequestOptions } from 'node:http';
import { getCACertificates } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import type { Credential } from '../../credentials/credential.ts';

export type ProxyConnection = {
  readonly isSecure: boolean;
  readonly target: RequestOptions;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: { readonly ca?: string[] };
};

/**
 * A proxy shows a certificate of the well-known authorities or of its own `ca`. The repository's authority does not
 * count: who may name that one need not be who trusts the proxy with its credentials.
 */
export function createProxyConnection({
  url,
  authorization,
  ca,
}: NonNullable<Credential['proxy']>): ProxyConnection {
  return {
    isSecure: url.protocol === 'https:',
    target: urlToHttpOptions(url),
    headers: authorization === undefined ? {} : { 'proxy-authorization': authorization },
    tls: ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] },
  };
}
