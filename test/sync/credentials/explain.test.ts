// Where a refused part of a credential comes from stands behind the message, and nothing where there is nothing to say.
import { expect, test } from 'vitest';
import { type Credential, credentialKey } from '../../../src/sync/credentials/credential.ts';
import { explain } from '../../../src/sync/credentials/explain.ts';
import type { SourceFailure } from '../../../src/sync/source.ts';

const origin = {
  login: 'Secret "git-read"',
  ca: 'Secret "git-tls"',
  client: undefined,
  proxy: 'environment of the controller',
};
const failure: SourceFailure = {
  kind: 'failed',
  class: 'person',
  reason: 'Unreachable',
  message: 'it failed',
};

test.for<[SourceFailure['about'] & string, string]>([
  ['login', 'it failed (credentials: Secret "git-read")'],
  ['ca', 'it failed (ca.crt: Secret "git-tls")'],
  ['proxy', 'it failed (proxy: environment of the controller)'],
  ['client', 'it failed'],
])('%s', ([about, message]) => {
  expect(explain({ ...failure, about }, origin)).toEqual({ ...failure, about, message });
});

test('a failure that is about none of them stays as it is', () => {
  expect(explain(failure, origin)).toBe(failure);
});

test('two credentials are the same when their bytes are', () => {
  const make = (authorization: string, proxy?: string): Credential => ({
    login: { kind: 'header', authorization },
    tls: { ca: undefined, client: undefined },
    proxy: proxy === undefined ? undefined : { url: new URL(proxy), authorization: undefined },
  });
  expect(credentialKey(make('a'))).toBe(credentialKey(make('a')));
  const all = [make('a'), make('b'), make('a', 'http://one'), make('a', 'http://two')].map(credentialKey);
  expect(new Set(all).size).toBe(4);
  expect(all.join()).not.toContain('http');
});
