// Only the code of an error of the network is told: its text may repeat what was sent.
import { isRecord } from './json.ts';

export function errorCode(error: unknown): string {
  if (isRecord(error)) {
    if (typeof error.code === 'string') return error.code;
    // Several addresses of one host were tried.
    if (Array.isArray(error.errors)) return errorCode(error.errors[0]);
  }
  return 'unknown error';
}
