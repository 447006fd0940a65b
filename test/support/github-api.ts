// GitHub's API as far as a GitHub App needs it, on loopback over TLS, made from GitHub's documentation: finding an
// installation, and asking it for a token. It checks what comes as GitHub does, and misbehaves when it is told to.
import { type KeyObject, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { isRecord, parseJson } from '../../src/lib/json.ts';

export type GitHubApi = {
  /** `https://127.0.0.1:port`; the API is below /api/v3, as on an Enterprise Server. */
  readonly url: string;
  readonly host: string;
  /** Requests so far, each as `GET /orgs/team/installation 200`; without a status where it misbehaved. */
  readonly requests: string[];
  /** Tokens that it has given, the newest last. */
  readonly tokens: readonly string[];
  /** Undefined: it behaves. What this answers goes out in place of its own; for requests from now on. */
  misbehave(next: Misbehaviour | undefined): void;
  connections(): number;
  stop(): Promise<void>;
};

export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => void;

export type GitHubApiOptions = {
  readonly certificate: string;
  readonly key: string;
  readonly appId: string;
  readonly publicKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly installations: readonly Installation[];
  /** Of a token; GitHub's are an hour. */
  readonly lifetimeMilliseconds?: () => number;
};

export type Installation = {
  readonly id: number;
  readonly owner: string;
  readonly type: 'orgs' | 'users';
  readonly isSuspended?: boolean;
};

export async function startGitHubApi(options: GitHubApiOptions): Promise<GitHubApi> {
  const requests: string[] = [];
  const tokens: string[] = [];
  const open = new Set<Socket>();
  let misbehaviour: Misbehaviour | undefined;

  const server = createServer({ cert: options.certificate, key: options.key }, (request, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(options.now()).toUTCString());
    const line = `${request.method} ${request.url}`;
    if (misbehaviour !== undefined) {
      requests.push(line);
      return misbehaviour(request, response);
    }
    const [status, body] = answer(request);
    requests.push(`${line} ${status}`);
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body));
  });

  const answer = (request: IncomingMessage): [status: number, body: object] => {
    if (!isApp(request.headers.authorization, options)) {
      return [401, { message: 'A JSON web token could not be decoded' }];
    }
    if (request.headers['user-agent'] === undefined) return [403, { message: 'Request forbidden' }];
    const lookUp = /^\/api\/v3\/(orgs|users)\/([^/]+)\/installation$/.exec(request.url ?? '');
    if (request.method === 'GET' && lookUp !== null) {
      const found = options.installations.find(
        ({ type, owner }) => type === lookUp[1] && owner === lookUp[2],
      );
      if (found === undefined) return [404, { message: 'Not Found' }];
      const { id, isSuspended } = found;
      return [
        200,
        { id, account: { login: found.owner }, suspended_at: isSuspended ? '2026-01-01T00:00:00Z' : null },
      ];
    }
    const ask = /^\/api\/v3\/app\/installations\/(\d+)\/access_tokens$/.exec(request.url ?? '');
    const installation = options.installations.find(({ id }) => String(id) === ask?.[1]);
    if (request.method !== 'POST' || installation === undefined) return [404, { message: 'Not Found' }];
    if (installation.isSuspended) return [403, { message: 'This installation has been suspended' }];
    const token = `ghs_planted${tokens.length + 1}${'x'.repeat(30)}`;
    tokens.push(token);
    const end = options.now() + (options.lifetimeMilliseconds?.() ?? 3_600_000);
    // Whole seconds, as GitHub writes them.
    const expires = `${new Date(end).toISOString().slice(0, 19)}Z`;
    return [
      201,
      { token, expires_at: expires, permissions: { contents: 'read' }, repository_selection: 'all' },
    ];
  };

  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the API has no port');
  const host = `127.0.0.1:${bound.port}`;
  return {
    url: `https://${host}`,
    host,
    requests,
    tokens,
    misbehave(next) {
      misbehaviour = next;
    },
    connections: () => open.size,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

// Signed by the app's key with RS256, of that app, begun, not ended, and at most ten minutes ahead.
function isApp(authorization: string | undefined, { publicKey, appId, now }: GitHubApiOptions): boolean {
  const [, head = '', claims = '', signature = ''] =
    /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? [];
  const parse = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  const [header, claim] = [parse(head), parse(claims)];
  if (!isRecord(header) || header.alg !== 'RS256' || !isRecord(claim)) return false;
  const seconds = now() / 1000;
  const { iat, exp, iss } = claim;
  return (
    verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')) &&
    iss === appId &&
    typeof iat === 'number' &&
    iat <= seconds &&
    typeof exp === 'number' &&
    exp > seconds &&
    exp <= seconds + 600
  );
}
