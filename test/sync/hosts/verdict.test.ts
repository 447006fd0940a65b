import { expect, test } from 'vitest';
import { type Verdict, verdictOf } from '../../../src/sync/hosts/verdict.ts';
import { failure } from './scripted-source.ts';

test.for<[string, Parameters<typeof verdictOf>[0], Verdict]>([
  ['an answer', { kind: 'ok', heads: new Map() }, 'up'],
  ['a folder that moved', { kind: 'moved', message: '' }, 'up'],
  ['connection refused', failure('Unreachable'), 'down'],
  ['502 to 504', failure('ServerError', { of: 'host' }), 'down'],
  ['no connection in time', failure('Timeout', { of: 'host' }), 'down'],
  ['no answer in time: perhaps of one repository', failure('Timeout'), 'unknown'],
  ['a proxy that fails', failure('Unreachable', { about: 'proxy' }), 'unknown'],
  ['a proxy that refuses', failure('AuthenticationFailed', { class: 'person', about: 'proxy' }), 'unknown'],
  ['a key that cannot be read', failure('SecretInvalid', { class: 'person', about: 'login' }), 'unknown'],
  [
    'a certificate that does not fit its key',
    failure('SecretInvalid', { class: 'person', about: 'client' }),
    'unknown',
  ],
  [
    'an API that gives no token',
    failure('AuthenticationFailed', { class: 'person', about: 'login', of: 'elsewhere' }),
    'unknown',
  ],
  [
    'an API that is not trusted',
    failure('Unreachable', { class: 'person', about: 'ca', of: 'elsewhere' }),
    'unknown',
  ],
  ['an API that is away', failure('Unreachable', { about: 'login', of: 'elsewhere' }), 'unknown'],
  ['500: often of one repository', failure('ServerError'), 'up'],
  ['401', failure('AuthenticationFailed', { class: 'person', about: 'login' }), 'up'],
  ['404', failure('InvalidSource', { class: 'person' }), 'up'],
  ['a certificate that is not trusted', failure('Unreachable', { class: 'person', about: 'ca' }), 'up'],
  ['no such branch', failure('RefNotFound', { class: 'change' }), 'up'],
  ['too large', failure('TooLarge', { class: 'change' }), 'up'],
])('%s', ([, answer, expected]) => {
  expect(verdictOf(answer)).toBe(expected);
});
