// Which proxy the environment names for an address, as curl and Go read HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { Credential } from '../../credentials/credential.ts';
import { isExempt } from './no-proxy.ts';

export type ProxyEnvironment = {
  readonly HTTPS_PROXY?: string | undefined;
  readonly https_proxy?: string | undefined;
  readonly HTTP_PROXY?: string | undefined;
  readonly http_proxy?: string | undefined;
  readonly NO_PROXY?: string | undefined;
  readonly no_proxy?: string | undefined;
};

/** A small name counts before a capital one. Throws a RangeError that names the variable, not its value. */
export function proxyFromEnvironment(
  environment: ProxyEnvironment,
  address: RepositoryAddress,
): Credential['proxy'] {
  if (address.scheme === 'ssh') return undefined;
  const names =
    address.scheme === 'https'
      ? (['https_proxy', 'HTTPS_PROXY'] as const)
      : (['http_proxy', 'HTTP_PROXY'] as const);
  const name = names.find((each) => isGiven(environment[each]));
  if (name === undefined) return undefined;
  const exempt = isGiven(environment.no_proxy) ? environment.no_proxy : environment.NO_PROXY;
  if (isExempt(exempt ?? '', address)) return undefined;
  return parseProxy(environment[name]?.trim() ?? '', name);
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

function parseProxy(text: string, name: string): Credential['proxy'] {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  const login = url === null ? undefined : loginOf(url);
  if (url === null || !isHttp || login === undefined) {
    throw new RangeError(`${name} is no address of a proxy: write http://host:port or https://host:port`);
  }
  return { url: new URL(url.origin), authorization: login === '' ? undefined : basic(login) };
}

/** `''` when there is none; undefined when it cannot be decoded. */
function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return '';
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`;
}
