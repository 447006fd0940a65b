import { describe, expect, test } from 'vitest';
import { readable, refusal } from '../../src/kube/refusal.ts';

const status = (message: string, reason = 'Invalid'): string =>
  JSON.stringify({ kind: 'Status', message, reason });

function refused(fields: { plural?: string; status?: number; body?: string; retryAfter?: string }) {
  return refusal({
    request: 'PATCH deployments prod/api',
    plural: fields.plural ?? 'deployments',
    status: fields.status ?? 422,
    headers: fields.retryAfter === undefined ? {} : { 'retry-after': fields.retryAfter },
    body: fields.body ?? status('no'),
  });
}

test('the words of the API server, its reason and its code are passed on', () => {
  const error = refused({ status: 409, body: status('object has been modified', 'Conflict') });
  expect(error.message).toBe('PATCH deployments prod/api: object has been modified');
  expect(error.details).toMatchObject({ status: 409, reason: 'Conflict' });
});

test.each([
  ['a body that is no JSON', '<html>bad gateway</html>'],
  ['an empty body', ''],
  ['JSON that is no Status', '[1]'],
])('%s is not shown', (_, body) => {
  expect(refused({ status: 502, body }).message).toBe(
    'PATCH deployments prod/api: the API server answered 502',
  );
});

describe('about Secrets', () => {
  test('only words that cannot quote the Secret are passed on', () => {
    const quoting = refused({ plural: 'secrets', body: status('Invalid value: "hunter2"') });
    expect(quoting.message).toBe('PATCH deployments prod/api: the API server answered 422 Invalid');
    const forbidden = refused({
      plural: 'secrets',
      status: 403,
      body: status('may not get secrets', 'Forbidden'),
    });
    expect(forbidden.message).toContain('may not get secrets');
  });
});

test.each([
  [
    'a Go structure',
    'x is invalid: spec.template: Invalid value: core.PodTemplateSpec{Env:"s3cret"}: field is immutable',
  ],
  [
    'a pointer to one',
    'x is invalid: spec.template: Invalid value: &core.PodTemplateSpec{Env:"s3cret"}: field is immutable',
  ],
  ['JSON', 'x is invalid: spec.template: Invalid value: {"a":[{"b":"s3cret"}]}: field is immutable'],
  ['a list', 'x is invalid: spec.template: Invalid value: ["s3cret"]: field is immutable'],
  ['several lines', 'x is invalid: spec.template: Invalid value: {\n"a":"s3cret"\n}: field is immutable'],
])('%s that the API server dumps is taken out', (_, words) => {
  expect(readable(words)).toBe('x is invalid: spec.template: Invalid value (not shown): field is immutable');
});

test('a plain value that helps the reader stays, and pages of words are cut', () => {
  const helpful = 'spec.interval: Invalid value: "1x": write a duration such as 1m';
  expect(readable(helpful)).toBe(helpful);
  expect(readable('x'.repeat(5_000))).toHaveLength(1_027);
});

test.each([
  ['seconds', '7', 7_000],
  ['a date', 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['nothing', undefined, undefined],
])('Retry-After of %s', (_, retryAfter, milliseconds) => {
  const error = refused({ status: 429, ...(retryAfter !== undefined && { retryAfter }) });
  expect(error.details.retryAfterMilliseconds).toBe(milliseconds);
});
