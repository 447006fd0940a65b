// A real Git server for tests, demo and benchmarks: `git http-backend` behind a small HTTP or HTTPS server.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import type { TlsOptions } from 'node:tls';
import { makeTemporaryFolder, type TemporaryFolder } from '../temporary-folder.ts';
import { answerWithGit } from './cgi.ts';
import { openRepository, type Repository } from './repository.ts';

export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

export type GitServerOptions = {
  /** `true`: a certificate for localhost, 127.0.0.1 and the host; `hosts`: one for these; else this certificate, in PEM. */
  readonly tls?: boolean | { readonly hosts: readonly string[] } | ServerCertificate;
  /** Default: a free one. */
  readonly port?: number;
  /** Where it listens; default 127.0.0.1. */
  readonly host?: string;
  /** PEM, with `tls`: only clients with a certificate of this authority are served. */
  readonly clientCa?: string;
  /** Asked of every request; `token` is a bearer token or the password of any user. */
  readonly credentials?: Credentials;
  /** Folder of the repositories, kept at the end; default: a temporary one, removed at the end. */
  readonly root?: string;
  readonly log?: (line: string) => void;
};

export type ServerCertificate = {
  readonly certificate: string;
  readonly key: string;
  readonly caCertificate?: string;
};

export type GitServer = {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** PEM, when it serves TLS and knows the authority. */
  readonly caCertificate: string | undefined;
  /** Folder of the repositories. */
  readonly root: string;
  /** Bare, made on first use, first branch main. */
  repository(name: string): Repository;
  /** HTTP requests so far, refused ones included. */
  requests(): number;
  /** Takes effect with the next request. */
  setCredentials(credentials: Credentials | undefined): void;
  /** Cuts open requests, ends their git processes, resolves when all are gone. */
  stop(): Promise<void>;
};

/** Rejects when it cannot listen. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const host = options.host ?? '127.0.0.1';
  const tls = await serverCertificate(options.tls, host);
  const folder = repositoriesFolder(options.root);
  const root = folder.path;
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  const repositories = new Map<string, Repository>();
  let credentials = options.credentials;
  let requests = 0;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    requests += 1;
    response.once('finish', () => options.log?.(`${request.method} ${request.url} ${response.statusCode}`));
    response.on('error', () => {});
    if (!isAllowed(request.headers.authorization, credentials)) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('authentication required\n');
      return;
    }
    const answer = answerWithGit(request, response, root, stopping.signal)
      .catch(() => void response.destroy())
      .finally(() => open.delete(answer));
    open.add(answer);
  };

  const server: Server =
    tls === undefined
      ? createServer(onRequest)
      : createTlsServer({ cert: tls.certificate, key: tls.key, ...asksClients(options.clientCa) }, onRequest);
  const port = await listen(server, options.port ?? 0, host).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const url = `${tls === undefined ? 'http' : 'https'}://${inUrl(host)}:${port}`;

  return {
    url,
    port,
    root,
    caCertificate: tls?.caCertificate,
    requests: () => requests,
    repository(name) {
      const repository = repositories.get(name) ?? openRepository(root, name, url);
      repositories.set(name, repository);
      return repository;
    },
    setCredentials(next) {
      credentials = next;
    },
    async stop() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, ...open]);
      await folder.remove();
    },
  };
}

function repositoriesFolder(root: string | undefined): TemporaryFolder {
  return root === undefined
    ? makeTemporaryFolder(tmpdir(), 'confroll-git-')
    : { path: root, remove: async () => {} };
}

async function serverCertificate(
  tls: GitServerOptions['tls'],
  host: string,
): Promise<ServerCertificate | undefined> {
  if (tls === undefined || tls === false) return undefined;
  if (tls !== true && 'certificate' in tls) return tls;
  // Only here, because it needs an installed package, and a server with a given certificate does not.
  const { generateAuthority, generateLeaf } = await import('../../certs/generate.ts');
  const authority = await generateAuthority('confroll local git server');
  const hosts = tls === true ? [...new Set(['localhost', '127.0.0.1', reachable(host)])] : tls.hosts;
  const leaf = await generateLeaf(authority, hosts);
  return { ...leaf, caCertificate: authority.certificate };
}

function asksClients(ca: string | undefined): TlsOptions {
  return ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
}

function isAllowed(header: string | undefined, credentials: Credentials | undefined): boolean {
  if (credentials === undefined) return true;
  const [scheme = '', value = ''] = (header ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return 'token' in credentials && isSame(value, credentials.token);
  if (scheme.toLowerCase() !== 'basic') return false;
  const given = Buffer.from(value, 'base64').toString('utf8');
  if ('token' in credentials) return isSame(given.slice(given.indexOf(':') + 1), credentials.token);
  return isSame(given, `${credentials.username}:${credentials.password}`);
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

// A wildcard is where one listens, not where one connects.
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function inUrl(host: string): string {
  return isIPv6(reachable(host)) ? `[${host}]` : reachable(host);
}
