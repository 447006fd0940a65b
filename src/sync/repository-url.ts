// The address of a repository, checked again where it is used: the API server's check may be older than the object.
import { parseRepositoryAddress, type RepositoryAddress } from '../api/repository-url.ts';
import type { SourceFailure } from './source.ts';

export type Address = { readonly kind: 'ok'; readonly address: RepositoryAddress } | SourceFailure;

/** The message of a refusal never repeats the address: it may hold a credential. */
export function parseAddress(text: string): Address {
  const address = parseRepositoryAddress(text);
  if (address !== undefined) return { kind: 'ok', address };
  return {
    kind: 'failed',
    class: 'person',
    reason: 'InvalidSource',
    message: `spec.source.url ${mistake(text)}: write an address such as https://git.example.com/team/config.git or git@git.example.com:team/config.git`,
  };
}

function mistake(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:'))) {
    return 'holds credentials, which belong into a Secret that spec.source.secretRef names';
  }
  if (/[?#]/.test(text)) return "must not hold '?' or '#'";
  return 'is no address that can be used';
}
