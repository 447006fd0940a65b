// A failure -> the same, with where the refused thing comes from. Who asks a server knows the bytes alone: they may come
// from another Secret for each GitConfig that shares the connection.
import type { SourceFailure } from '../source.ts';
import type { Origin } from './credential.ts';

const names = {
  login: 'credentials',
  ca: 'ca.crt',
  client: 'client certificate',
  proxy: 'proxy',
} as const;

export function explain(failure: SourceFailure, origin: Origin): SourceFailure {
  if (failure.about === undefined) return failure;
  const from = origin[failure.about];
  if (from === undefined) return failure;
  return { ...failure, message: `${failure.message} (${names[failure.about]}: ${from})` };
}
