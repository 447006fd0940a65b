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
    throw invalidSource(
      `${shown} redirects to another host (${target.origin}), where credentials are never sent: write the address of the repository there into spec.source.url; if that is where people sign in, credentials are missing or wrong`,
    );
  }
  return target;
}

function invalidSource(message: string): SourceError {
  return new SourceError({ class: 'person', reason: 'InvalidSource', message });
}
