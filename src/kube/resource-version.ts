// Which of two versions of an object is newer. The API server's resourceVersions are numbers of any length.
import { isRecord } from '../lib/json.ts';

/** True only if both are numbers and `left` is the smaller one: what cannot be compared is never called older. */
export function isOlder(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined || !isNumber(left) || !isNumber(right)) return false;
  return left.length === right.length ? left < right : left.length < right.length;
}

function isNumber(version: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(version);
}

/** Of a raw object; undefined when it has none. */
export function resourceVersionOf(raw: unknown): string | undefined {
  const metadata = isRecord(raw) && isRecord(raw.metadata) ? raw.metadata : {};
  return typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : undefined;
}
