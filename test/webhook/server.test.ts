// The protocol over real TLS: what the API server may send, and what strangers may.
import { once } from 'node:events';
import { type Agent, Agent as HttpsAgent, request as httpsRequest, type Server } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { isRecord } from '../../src/lib/json.ts';
import { type AdmissionRequest, allow, deny, type Verdict } from '../../src/webhook/admission-review.ts';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/webhook/certificates/issue.ts';
import { closeServer, createAdmissionServer } from '../../src/webhook/server.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

type Answer = { status: number; headers: Record<string, unknown>; body: string };

const log = createRecordedLog();
const answered: { path: string; verdict: Verdict }[] = [];
const seen: AdmissionRequest[] = [];
let authority: KeyPair;
let leaf: KeyPair;
let server: Server;
let draining = false;
let waiting = Promise.withResolvers<() => void>();

async function listen(timeouts?: {
  keepAliveMilliseconds: number;
  headersMilliseconds: number;
  requestMilliseconds: number;
}) {
  const made = createAdmissionServer(leaf, {
    admissions: {
      '/allow': async (request) => {
        seen.push(request);
        return allow();
      },
      '/patch': async () => allow([{ op: 'add', path: '/a', value: 1 }], ['careful', 'x'.repeat(300)]),
      '/deny': async () => deny('not today'),
      '/throw': async () => {
        throw new Error('secret detail');
      },
      '/wait': async () => {
        await new Promise<void>((release) => waiting.resolve(release));
        return allow();
      },
    },
    log,
    onAnswer: (answer) => void answered.push(answer),
    monotonic: systemClock.monotonic,
    draining: () => draining,
    ...(timeouts === undefined ? {} : { timeouts }),
  });
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

const portOf = (of: Server): number => {
  const address = of.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

beforeAll(async () => {
  authority = await issueAuthority(Date.now());
  const window = { now: Date.now(), authorityEnds: Date.now() + 86_400_000 };
  leaf = await issueLeaf(authority, ['confroll-webhook.confroll-system.svc', '127.0.0.1'], window);
  server = await listen();
});
afterAll(() => closeServer(server, 100));

function post(
  path: string,
  body: string | Buffer,
  {
    headers = {},
    method = 'POST',
    to = server,
    agent,
  }: {
    headers?: Record<string, string>;
    method?: string;
    to?: Server;
    agent?: Agent;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: portOf(to), path, method, ca: authority.certificate };
    const request = httpsRequest(
      {
        ...options,
        ...(agent === undefined ? {} : { agent }),
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const review = (request: object = {}): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'prod',
      object: { metadata: { generateName: 'web-' } },
      ...request,
    },
  });

const responseOf = ({ body }: Answer): unknown => {
  const parsed: unknown = JSON.parse(body);
  return isRecord(parsed) ? parsed.response : undefined;
};

describe('an AdmissionReview', () => {
  it('is answered with its uid, without a patch when there is nothing to change', async () => {
    const answer = await post('/allow', review());
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.parse(answer.body)).toStrictEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true },
    });
  });

  it('is answered with patch and patchType, and warnings that are short', async () => {
    const response = responseOf(await post('/patch', review()));
    expect(response).toStrictEqual({
      uid: 'u-1',
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"add","path":"/a","value":1}]').toString('base64'),
      warnings: ['careful', `${'x'.repeat(253)}...`],
    });
  });

  it('is denied with words', async () => {
    const answer = await post('/deny', review());
    expect(answer.status).toBe(200);
    expect(responseOf(answer)).toStrictEqual({
      uid: 'u-1',
      allowed: false,
      status: { code: 422, message: 'not today' },
    });
  });

  it('whose handling throws is answered with its uid, and without the error', async () => {
    const answer = await post('/throw', review({ name: 'web-1' }));
    expect(answer.status).toBe(200);
    expect(responseOf(answer)).toStrictEqual({
      uid: 'u-1',
      allowed: false,
      status: { code: 500, message: 'confroll failed to handle Pod "web-1"; its log says why (request u-1)' },
    });
    expect(log.lines).toContainEqual({
      level: 'error',
      fields: expect.objectContaining({ uid: 'u-1', namespace: 'prod', err: expect.any(Error) }),
      message: 'admission failed',
    });
    expect(answered.at(-1)).toMatchObject({ path: '/throw', verdict: { kind: 'deny', code: 500 } });
  });

  it('speaks of a Pod that has no name yet by its prefix, and of dry runs', async () => {
    await post('/allow', review({ dryRun: true, name: '' }));
    expect(seen.at(-1)).toMatchObject({ name: 'web-(generated)', dryRun: true, namespace: 'prod' });
  });

  it('of 6 MiB is taken', async () => {
    const object = { metadata: { annotations: { large: 'x'.repeat(3 << 20) } } };
    expect((await post('/allow', review({ object, oldObject: object }))).status).toBe(200);
  });
});

describe('anything else is refused', () => {
  it.each<[string, string, Record<string, string>, number, string]>([
    [
      'another content type',
      review(),
      { 'content-type': 'text/plain' },
      415,
      'expected content-type application/json',
    ],
    ['no content type', review(), { 'content-type': '' }, 415, 'expected content-type'],
    ['a compressed body', review(), { 'content-encoding': 'gzip' }, 415, 'encoding that is not supported'],
    ['no JSON', '{"apiVersion":', {}, 400, 'the body is not JSON'],
    ['an empty body', '', {}, 400, 'expected admission.k8s.io/v1 AdmissionReview'],
    ['another kind', '{"apiVersion":"v1","kind":"Pod"}', {}, 400, 'got v1 Pod'],
    [
      'another version',
      review().replace('k8s.io/v1"', 'k8s.io/v1beta1"'),
      {},
      400,
      'got admission.k8s.io/v1beta1',
    ],
    [
      'a review without a request',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
      {},
      400,
      'no request',
    ],
    ['a request without a uid', review({ uid: '' }), {}, 400, 'no uid'],
    ['a request without an operation', review({ operation: 1 }), {}, 400, 'no operation'],
  ])('%s', async (_, body, headers, status, words) => {
    const answer = await post('/allow', body, { headers });
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
    expect(answer.body).toContain(words);
  });

  it('a body over 7 MiB, without reading it', async () => {
    const answer = await post('/allow', Buffer.alloc((7 << 20) + 1, 32));
    expect(answer).toMatchObject({ status: 413, body: 'the body is larger than 7340032 bytes\n' });
  });

  it('another path and another method', async () => {
    expect((await post('/pods', review())).status).toBe(404);
    expect((await post('/allow', '', { method: 'GET' })).status).toBe(404);
  });

  it('plain HTTP', async () => {
    const socket = connect({ host: '127.0.0.1', port: portOf(server), ca: authority.certificate });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1').toBe(true);
    socket.destroy();
    await expect(fetch(`http://127.0.0.1:${portOf(server)}/allow`)).rejects.toThrow();
  });
});

describe('slow clients', () => {
  it.each([
    ['headers', 'POST /allow HTTP/1.1\r\nhost: x\r\n'],
    [
      'a body',
      'POST /allow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ],
  ])('that never end %s are cut off', async (_, bytes) => {
    const slow = await listen({
      keepAliveMilliseconds: 500,
      headersMilliseconds: 300,
      requestMilliseconds: 400,
    });
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: portOf(slow), ca: authority.certificate });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'secureConnect');
    socket.write(bytes);
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 408/);
    await closeServer(slow, 100);
  });
});

describe('the end', () => {
  it('finishes what is under way, and asks clients to go elsewhere before', async () => {
    const stopping = await listen();
    const agent = new HttpsAgent({ keepAlive: true });
    expect((await post('/allow', review(), { to: stopping, agent })).headers.connection).toBe('keep-alive');
    draining = true;
    expect((await post('/allow', review(), { to: stopping, agent })).headers.connection).toBe('close');
    const slow = post('/wait', review(), { to: stopping });
    const release = await waiting.promise;
    const closed = closeServer(stopping, 10_000);
    await expect(post('/allow', review(), { to: stopping })).rejects.toThrow('ECONNREFUSED');
    release();
    expect((await slow).status).toBe(200);
    await closed;
    draining = false;
    waiting = Promise.withResolvers();
    agent.destroy();
  });

  it('does not wait for ever', async () => {
    const stopping = await listen();
    const failed = expect(post('/wait', review(), { to: stopping })).rejects.toThrow();
    await waiting.promise;
    await closeServer(stopping, 50);
    await failed;
  });
});

describe('a certificate', () => {
  it('is swapped without a restart; open connections stay', async () => {
    const swapped = await listen();
    const agent = new HttpsAgent({ keepAlive: true, maxSockets: 1 });
    await post('/allow', review(), { to: swapped, agent });
    const window = { now: Date.now(), authorityEnds: Date.now() + 86_400_000 };
    const next = await issueLeaf(authority, ['127.0.0.1', 'next.example.com'], window);
    swapped.setSecureContext({ cert: next.certificate, key: next.key });
    expect((await post('/allow', review(), { to: swapped, agent })).status).toBe(200);
    const socket = connect({ host: '127.0.0.1', port: portOf(swapped), ca: authority.certificate });
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().subjectaltname).toContain('next.example.com');
    socket.destroy();
    agent.destroy();
    await closeServer(swapped, 100);
  });
});
