// The address of a repository: checked again where it is used, and shown without anything that could be a credential.
import { parseUrl } from '../api/repository-url.ts';
import type { SourceFailure } from './source.ts';

export type RepositoryUrl = { readonly kind: 'ok'; readonly url: URL } | SourceFailure;

/** Only http and https, without credentials, query and fragment. */
export function parseRepositoryUrl(text: string): RepositoryUrl {
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return invalid('spec.source.url must be an address such as https://git.example.com/team/config.git');
  }
  if (url.username !== '' || url.password !== '') {
    return invalid(
      `spec.source.url (${showUrl(url)}) holds credentials; put them into a Secret and name it in spec.source.secretRef`,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    return invalid(`spec.source.url (${showUrl(url)}) must not hold '?' or '#'`);
  }
  return { kind: 'ok', url };
}

/** Without user, password, query and fragment. */
export function showUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'InvalidSource', message };
}
