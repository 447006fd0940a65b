// Where an answer leads to: within its own origin only, because whoever is there gets the login.
import { SourceError } from '../source-error.ts';

const statuses = new Set([301, 302, 303, 307, 308]);

/** Undefined when the answer is no redirect. Throws a SourceError for one that is not followed. */
export function redirectTarget(
  answer: {
    readonly url: URL;
    readonly status: number;
    readonly headers: { readonly location?: string | undefined };
  },
  shown: string,
): URL | undefined {
  if (!statuses.has(answer.status)) return undefined;
  const target = URL.parse(answer.headers.location ?? '', answer.url.href);
  const isAddress = target?.protocol === 'http:' || target?.protocol === 'https:';
  if (target === null || !isAddress || answer.headers.location === undefined) {
    throw invalidSource(`${shown} redirects to no address: check spec.source.url`);
  }
  if (target.origin !== answer.url.origin) {
    if (target.hostname === answer.url.hostname) throw elsewhereOnHost(target, answer.url, shown);
    throw invalidSource(
      `${shown} redirects to another host (${target.origin}), where credentials are never sent: write the address of the repository there into spec.source.url; if that is where people sign in, credentials are missing or wrong`,
    );
  }
  return target;
}

// Of what the server wrote only the origin is named: the path is the reader's own.
function elsewhereOnHost(target: URL, from: URL, shown: string): SourceError {
  const address = `${target.origin}${URL.parse(shown)?.pathname ?? ''}`;
  const [scheme] = target.protocol.split(':');
  const what = target.protocol === from.protocol ? 'another port of its host' : `${scheme} on its host`;
  return invalidSource(
    `${shown} redirects to ${what} (${target.origin}), which counts as another host, and credentials are not sent there by themselves: write ${address} into spec.source.url`,
  );
}

function invalidSource(message: string): SourceError {
  return new SourceError({ class: 'person', reason: 'InvalidSource', message });
}
