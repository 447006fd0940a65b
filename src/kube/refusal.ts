// Turns an answer that is not a success into a KubeError without anything in it that must not be read in a log.
import type { IncomingHttpHeaders } from 'node:http';
import { isRecord, parseJson } from '../lib/json.ts';
import { KubeError } from './kube-error.ts';

/** `plural` decides whether the API server's words may be passed on: about Secrets they may quote the Secret. */
export function refusal(options: {
  readonly request: string;
  readonly plural: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}): KubeError {
  const status = parseJson(options.body);
  const words = isRecord(status) && typeof status.message === 'string' ? status.message : '';
  const reason = isRecord(status) && typeof status.reason === 'string' ? status.reason : '';
  const shown = options.plural === 'secrets' && !harmless.includes(options.status) ? '' : readable(words);
  return new KubeError(
    shown === '' ? `the API server answered ${[options.status, reason].join(' ').trim()}` : shown,
    {
      status: options.status,
      reason,
      request: options.request,
      retryAfterMilliseconds: retryAfter(options.headers['retry-after']),
    },
  );
}

// Who may not, what is absent, what is there already, too many requests: these name the object and nothing of it.
const harmless: readonly number[] = [401, 403, 404, 409, 429];

// A person reads it in a log or a condition; validation of a large object can fill pages.
const maxCharacters = 1024;

/** Validation may dump whole structures, with whatever they hold: those go, the rest is cut to a readable size. */
export function readable(words: string): string {
  const withoutDumps = words.replace(
    /Invalid value: (?:[\w.*&[\]]+)?[{[].*[}\]]/s,
    'Invalid value (not shown)',
  );
  return withoutDumps.length > maxCharacters ? `${withoutDumps.slice(0, maxCharacters)}...` : withoutDumps;
}

/** Only seconds: the API server never sends a date. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^[0-9]{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
