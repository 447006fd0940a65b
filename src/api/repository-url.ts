// The address of a repository in one form, so that two spellings of it are known to be one repository.

/** Undefined for text that is no address with a host. Scheme and host in lower case, no slash at the end. */
export function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return undefined;
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

export function isSameRepository(left: string, right: string): boolean {
  return left === right || (parseUrl(left)?.href ?? left) === (parseUrl(right)?.href ?? right);
}
