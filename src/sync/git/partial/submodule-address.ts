// PURE: where a submodule's repository is, and whether the credential of the one around it may be shown there.
import { parseRepositoryAddress, type RepositoryAddress } from '../../../api/repository-url.ts';

export type SubmoduleAddress =
  | { readonly kind: 'ok'; readonly address: RepositoryAddress }
  | { readonly kind: 'otherHost'; readonly host: string }
  | { readonly kind: 'unusable' };

export function submoduleAddress(url: string, around: RepositoryAddress): SubmoduleAddress {
  const address = /^\.\.?(?:\/|$)/.test(url) ? relative(url, around) : parseRepositoryAddress(url);
  if (address === undefined) return { kind: 'unusable' };
  const isSamePlace =
    address.scheme === around.scheme && address.hostname === around.hostname && address.port === around.port;
  return isSamePlace ? { kind: 'ok', address } : { kind: 'otherHost', host: address.host };
}

// As git does it: each `../` takes the last element off the path of the repository around.
function relative(url: string, around: RepositoryAddress): RepositoryAddress | undefined {
  const elements = around.path.split('/');
  const rest = url.split('/').filter((element) => element !== '' && element !== '.');
  while (rest[0] === '..') {
    rest.shift();
    if (elements.length <= 1 && elements[0] === '') return undefined;
    elements.pop();
  }
  if (rest.length === 0 || rest.includes('..')) return undefined;
  return atPath([...elements, ...rest].join('/'), around);
}

function atPath(path: string, { scheme, host, user }: RepositoryAddress): RepositoryAddress | undefined {
  if (scheme !== 'ssh') return parseRepositoryAddress(`${scheme}://${host}${path}`);
  // Only the form without a scheme has paths that begin at the user's home.
  if (!/^[/~]/.test(path)) return parseRepositoryAddress(`${user}@${host}:${path}`);
  return parseRepositoryAddress(`ssh://${user}@${host}${path.replace(/^~/, '/~').replaceAll('%', '%25')}`);
}
