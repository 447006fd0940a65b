// A GitHub App against its API, scripted on loopback: tokens, who shares them, when they are renewed, and every refusal.
import { createPublicKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateAuthority, generateLeaf } from '../../../../certs/generate.ts';
import { startForwardProxy } from '../../../../local/git-server/forward-proxy.ts';
import { createAuthorizers } from '../../../../src/sync/credentials/authorizers.ts';
import type { Authorizer, Credential, GitHubApp } from '../../../../src/sync/credentials/credential.ts';
import { SourceError } from '../../../../src/sync/git/source-error.ts';
import type { SourceFailure } from '../../../../src/sync/source.ts';
import { eventually } from '../../../support/eventually.ts';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { type GitHubApi, startGitHubApi } from '../../../support/github-api.ts';
import { leaks, newAppKey } from '../material.ts';

const privateKey = newAppKey();
const minute = 60_000;
let api: GitHubApi;
let ca: string;
let clock: FakeClock;
let githubNow = (): number => clock.now();
let lifetime = 60 * minute;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  clock = createFakeClock();
  const authority = await generateAuthority('GitHub');
  ca = authority.certificate;
  api = await startGitHubApi({
    ...(await generateLeaf(authority, ['127.0.0.1'])),
    appId: '1234567',
    publicKey: createPublicKey(privateKey),
    now: () => githubNow(),
    lifetimeMilliseconds: () => lifetime,
    installations: [
      { id: 1, owner: 'team', type: 'orgs' },
      { id: 2, owner: 'ada', type: 'users' },
      { id: 3, owner: 'gone', type: 'orgs', isSuspended: true },
    ],
  });
  stack.defer(() => api.stop());
});
afterAll(() => stack.disposeAsync());

beforeEach(() => {
  clock = createFakeClock();
  githubNow = () => clock.now();
  lifetime = 60 * minute;
  api.misbehave(undefined);
  api.requests.length = 0;
});

const signal = new AbortController().signal;
const appOf = (more: Partial<GitHubApp> = {}): GitHubApp => ({
  appId: '1234567',
  installation: { id: '1' },
  privateKey,
  apiUrl: `${api.url}/api/v3`,
  ...more,
});
const wayOf = (proxy?: Credential['proxy']) => ({ tls: { ca, client: undefined }, proxy });
const create = () => createAuthorizers({ clock, userAgent: 'confroll-test' });
const open = (more: Partial<GitHubApp> = {}): Authorizer =>
  create().of({ kind: 'githubApp', app: appOf(more) }, wayOf());
const newest = (): string => `Basic ${btoa(`x-access-token:${api.tokens.at(-1)}`)}`;

async function failureOf(work: Promise<unknown>): Promise<SourceFailure> {
  const error = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourceError)) throw error;
  const { message } = error.failure;
  expect(leaks(`${message} ${error.stack}`, { privateKey, said: 'words of the server' })).toEqual([]);
  return error.failure;
}

describe('a token', () => {
  test('is asked of the installation that is named, and kept', async () => {
    const authorizer = open();
    const header = await authorizer.header(signal);
    expect(header).toBe(newest());
    expect(await authorizer.header(signal)).toBe(header);
    expect(api.requests).toEqual(['POST /api/v3/app/installations/1/access_tokens 201']);
    await eventually(() => api.connections() === 0, { what: 'no connection is kept' });
  });

  test.for([
    ['an organization', 'team', ['GET /api/v3/orgs/team/installation 200']],
    ['a user', 'ada', ['GET /api/v3/orgs/ada/installation 404', 'GET /api/v3/users/ada/installation 200']],
  ] as const)('of %s is found by its name', async ([, owner, lookUps]) => {
    expect(await open({ installation: { owner } }).header(signal)).toBe(newest());
    expect(api.requests.slice(0, -1)).toEqual(lookUps);
  });

  test('is asked for once by fifty who need it at the same time', async () => {
    const authorizers = create();
    const all = Array.from({ length: 50 }, () =>
      authorizers.of({ kind: 'githubApp', app: appOf() }, wayOf()).header(signal),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set([newest()]));
    expect(api.requests).toHaveLength(1);
  });

  test('is not shared with another installation, key or way', async () => {
    const authorizers = create();
    const of = (app: GitHubApp, way = wayOf()) =>
      authorizers.of({ kind: 'githubApp', app }, way).header(signal);
    const first = await of(appOf());
    expect(await of(appOf({ installation: { id: '2' } }))).not.toBe(first);
    expect((await failureOf(of(appOf({ privateKey: newAppKey() })))).reason).toBe('AuthenticationFailed');
    expect(await of(appOf())).toBe(first);
  });

  test('is renewed five minutes before it ends', async () => {
    const authorizer = open();
    const first = await authorizer.header(signal);
    await clock.advance(54 * minute);
    expect(await authorizer.header(signal)).toBe(first);
    await clock.advance(2 * minute);
    expect(await authorizer.header(signal)).toBe(newest());
    expect(api.requests).toHaveLength(2);
  });

  test('that lives shorter than that serves for half its life', async () => {
    lifetime = 4 * minute;
    const authorizer = open();
    const first = await authorizer.header(signal);
    await clock.advance(1.5 * minute);
    expect(await authorizer.header(signal)).toBe(first);
    await clock.advance(minute);
    expect(await authorizer.header(signal)).not.toBe(first);
  });

  test('that has ended when it comes is told, and not asked for without end', async () => {
    lifetime = -minute;
    const failure = await failureOf(open().header(signal));
    expect(failure).toMatchObject({ class: 'retry', reason: 'ServerError', of: 'elsewhere' });
    expect(failure.message).toContain('has ended already: look at the clocks');
    expect(api.requests).toHaveLength(1);
  });

  test.each([503, 403, 200])(
    'serves on while GitHub says %i, until it ends; then the reason is told',
    async (status) => {
      const authorizer = open();
      const first = await authorizer.header(signal);
      api.misbehave((_, response) => say(response, status));
      await clock.advance(56 * minute);
      expect(await authorizer.header(signal)).toBe(first);
      expect(await authorizer.header(signal)).toBe(first);
      expect(api.requests).toHaveLength(2);
      await clock.advance(5 * minute);
      expect(await failureOf(authorizer.header(signal))).toMatchObject({ about: 'login' });
      api.misbehave(undefined);
      expect(await authorizer.header(signal)).toBe(newest());
    },
  );

  test('that was refused is dropped, and one new one is had by all who were refused', async () => {
    const authorizer = open();
    const refused = await authorizer.header(signal);
    const renewed = await Promise.all(Array.from({ length: 20 }, () => authorizer.renew(refused, signal)));
    expect(new Set(renewed)).toEqual(new Set([true]));
    expect(api.requests).toHaveLength(2);
    expect(await authorizer.header(signal)).toBe(newest());
    // Who comes late with the old one finds the new one there.
    expect(await authorizer.renew(refused, signal)).toBe(true);
    expect(api.requests).toHaveLength(2);
  });

  test('is asked for on behalf of those who still wait, and of nobody else', async () => {
    let asked = 0;
    api.misbehave(() => {
      asked += 1;
    });
    const authorizer = open();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = authorizer.header(one.signal);
    const second = authorizer.header(two.signal);
    first.catch(() => {});
    second.catch(() => {});
    await eventually(() => asked === 1, { what: 'the request' });
    one.abort(new Error('one left'));
    await expect(first).rejects.toThrow('one left');
    expect(api.connections()).toBe(1);
    two.abort(new Error('two left'));
    await expect(second).rejects.toThrow('two left');
    await eventually(() => api.connections() === 0, { what: 'the end of the request' });
    api.misbehave(undefined);
    expect(await authorizer.header(signal)).toBe(newest());
  });

  test('is asked for through the proxy of the credential', async () => {
    const proxy = await startForwardProxy();
    stack.defer(() => proxy.stop());
    const authorizer = create().of(
      { kind: 'githubApp', app: appOf() },
      wayOf({ url: new URL(proxy.url), authorization: undefined }),
    );
    expect(await authorizer.header(signal)).toBe(newest());
    expect(proxy.tunnels()).toBe(1);
  });

  test('lives by the clock of GitHub, whatever ours says', async () => {
    // Behind by half a minute: harmless to the signature.
    githubNow = () => clock.now() + 30_000;
    const authorizer = open();
    const first = await authorizer.header(signal);
    await clock.advance(54 * minute);
    expect(await authorizer.header(signal)).toBe(first);
  });
});

describe('told in words is', () => {
  type Row = [name: string, answer: (response: ServerResponse) => void, expected: object, words: RegExp];
  test.for<Row>([
    [
      '429',
      (response) => say(response, 429, { 'retry-after': '90' }),
      { class: 'retry', reason: 'ServerError', retryAfterMilliseconds: 90_000 },
      /too often \(HTTP 429\)/,
    ],
    [
      '403 with Retry-After',
      (response) => say(response, 403, { 'retry-after': '60' }),
      { class: 'retry', retryAfterMilliseconds: 60_000 },
      /too often \(HTTP 403\)/,
    ],
    [
      '403 when the hour is used up',
      (response) =>
        say(response, 403, {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(clock.now() / 1000 + 120),
        }),
      { class: 'retry', retryAfterMilliseconds: 120_000 },
      /too often/,
    ],
    [
      '403',
      (response) => say(response, 403),
      { class: 'person', reason: 'AuthenticationFailed' },
      /suspended, or it may not read/,
    ],
    [
      '404',
      (response) => say(response, 404),
      { class: 'person', reason: 'AuthenticationFailed' },
      /no such installation.*githubAppInstallationID/,
    ],
    [
      '401',
      (response) => say(response, 401),
      { class: 'person', reason: 'AuthenticationFailed' },
      /check githubAppID/,
    ],
    [
      '422',
      (response) => say(response, 422),
      { class: 'person', reason: 'AuthenticationFailed' },
      /HTTP 422/,
    ],
    [
      '500',
      (response) => say(response, 500),
      { class: 'retry', reason: 'ServerError' },
      /failed \(HTTP 500\)/,
    ],
    [
      'a redirect',
      (response) => say(response, 302, { location: 'https://elsewhere.example/' }),
      { class: 'person' },
      /HTTP 302.*githubAppBaseURL/,
    ],
    [
      'a web page',
      (response) => response.writeHead(200).end('<html>words of the server</html>'),
      { class: 'person' },
      /no answer of GitHub's API/,
    ],
    [
      'a token without its end',
      (response) => response.writeHead(201).end('{"token":"words of the server"}'),
      { class: 'person' },
      /no answer of GitHub's API/,
    ],
    [
      'an answer without end',
      (response) => endless(response),
      { class: 'retry', reason: 'ServerError' },
      /more than 262144 bytes/,
    ],
    [
      'a cut connection',
      (response) => response.socket?.destroy(),
      { class: 'retry', reason: 'Unreachable' },
      /cannot be reached/,
    ],
  ])('%s', async ([, answer, expected, words]) => {
    api.misbehave((_, response) => answer(response));
    const failure = await failureOf(open().header(signal));
    expect(failure).toMatchObject({ ...expected, of: 'elsewhere', message: expect.stringMatching(words) });
    if (failure.reason !== 'Unreachable') expect(failure.about).toBe('login');
    api.misbehave(undefined);
    expect(await open().header(signal)).toBe(newest());
  });

  test('a clock that is wrong', async () => {
    githubNow = () => clock.now() - 15 * minute;
    const failure = await failureOf(open().header(signal));
    expect(failure.message).toMatch(/differ by 900 s; set the node's clock right/);
  });

  test('a number of another app', async () => {
    const failure = await failureOf(open({ appId: '7654321' }).header(signal));
    expect(failure).toMatchObject({
      reason: 'AuthenticationFailed',
      message: expect.stringMatching(/githubAppID/),
    });
  });

  test('an owner without an installation, and a suspended one', async () => {
    const nobody = await failureOf(open({ installation: { owner: 'nobody' } }).header(signal));
    expect(nobody.message).toMatch(/githubAppInstallationOwner/);
    const gone = await failureOf(open({ installation: { owner: 'gone' } }).header(signal));
    expect(gone.message).toMatch(/is suspended: unsuspend/);
    const byId = await failureOf(open({ installation: { id: '3' } }).header(signal));
    expect(byId.message).toMatch(/suspended/);
  });

  test('an API that is not trusted, with the authority at fault', async () => {
    const authorizer = create().of(
      { kind: 'githubApp', app: appOf() },
      { tls: { ca: undefined, client: undefined }, proxy: undefined },
    );
    expect(await failureOf(authorizer.header(signal))).toMatchObject({ reason: 'NotTrusted', about: 'ca' });
  });
});

test('other logins are what they are', async () => {
  const authorizers = create();
  const header = authorizers.of({ kind: 'header', authorization: 'Bearer x' }, wayOf());
  expect(await header.header(signal)).toBe('Bearer x');
  expect(await header.renew('Bearer x', signal)).toBe(false);
  const anonymous = authorizers.of({ kind: 'anonymous' }, wayOf());
  expect(await anonymous.header(signal)).toBeUndefined();
  expect(await anonymous.renew(undefined, signal)).toBe(false);
});

function say(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end('{"message":"words of the server"}');
}

function endless(response: ServerResponse): void {
  response.writeHead(201);
  for (let piece = 0; piece < 40; piece += 1) response.write('x'.repeat(8 * 1024));
}
