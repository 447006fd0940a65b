// The address of a repository in one form, so that two spellings of it are known to be one repository.
import { trimEndOf } from '../lib/trim-end.ts';

export type RepositoryAddress = {
  readonly scheme: 'https' | 'http' | 'ssh';
  readonly hostname: string;
  readonly port: number;
  /** `host[:port]`, the port only where it is not the scheme's own: what a Secret is bound to. IPv6 in brackets. */
  readonly host: string;
  /** Who logs in over SSH; undefined for HTTP. */
  readonly user: string | undefined;
  /** HTTP: of the URL, percent-encoded. SSH: as git-upload-pack gets it. */
  readonly path: string;
  /** The whole, without anything that could be a credential. Two spellings of one repository share it. */
  readonly text: string;
};

const ports = { https: 443, http: 80, ssh: 22 } as const;

/**
 * `https://`, `http://`, `ssh://` or `user@host:path`. Undefined for anything else, and for an address with a password,
 * a query or a fragment, or, over HTTP, a user.
 */
export function parseRepositoryAddress(text: string): RepositoryAddress | undefined {
  // As the API server has it; what names submodules may be of any length.
  return text.length > 2048 ? undefined : (parseScpForm(text) ?? parseUrlForm(text));
}

export function isSameRepository(left: string, right: string): boolean {
  if (left === right) return true;
  const [one, other] = [parseRepositoryAddress(left), parseRepositoryAddress(right)];
  return one !== undefined && one.text === other?.text;
}

/** As it is dialled: IPv6 without its brackets. */
export function bareHostname(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function parseUrlForm(text: string): RepositoryAddress | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.password !== '' || /[?#]/.test(text)) return undefined;
  const path = trimEndOf(url.pathname, '/');
  if (url.protocol === 'ssh:') {
    // `~` and escapes mean to the server what they mean to git, which decodes them.
    const decoded = decode(path);
    if (decoded === undefined || decoded === '') return undefined;
    return address('ssh', url, decode(url.username) || 'git', decoded.replace(/^\/(?=~)/, ''));
  }
  if (url.username !== '' || path === '') return undefined;
  if (url.protocol === 'https:') return address('https', url, undefined, path);
  if (url.protocol === 'http:') return address('http', url, undefined, path);
  return undefined;
}

// git@github.com:team/config.git; what has `//` behind the colon is a URL.
function parseScpForm(text: string): RepositoryAddress | undefined {
  const match = /^([^/:@\s]+)@(\[[0-9A-Fa-f:.]+\]|[^/:@\s[\]]+):(?!\/\/)(\S*[^/\s])\/*$/.exec(text);
  const [, user = '', host = '', path = ''] = match ?? [];
  const url = match === null ? null : URL.parse(`ssh://${host}/`);
  return url === null || url.hostname === '' ? undefined : address('ssh', url, user, path);
}

function address(
  scheme: RepositoryAddress['scheme'],
  url: URL,
  user: string | undefined,
  path: string,
): RepositoryAddress | undefined {
  // What begins with a dash could be taken for an option.
  if (url.hostname.startsWith('-') || user?.startsWith('-') || path.startsWith('-')) return undefined;
  const port = url.port === '' ? ports[scheme] : Number(url.port);
  const hostname = url.hostname.toLowerCase();
  const host = port === ports[scheme] ? hostname : `${hostname}:${port}`;
  const before = user === undefined ? '' : `${user}@`;
  const text = `${scheme}://${before}${host}${path.startsWith('/') ? '' : '/'}${path}`;
  return { scheme, hostname, port, host, user, path, text };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
