// The `http` that isomorphic-git asks for, over ours. Two answers of the server are given without asking it again:
// which protocol it speaks, known since the last time, and at a fetch the list of refs, known from `resolve`.
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import type { CommitId } from '../../api/identifiers.ts';
import type { Admit } from '../turns.ts';
import type { GitAnswer } from './exchange.ts';
import type { GitHttp } from './http.ts';
import { countObjects } from './pack-header.ts';
import { flush, parsePktLines, pktLine } from './pkt-line.ts';
import { SourceError } from './source-error.ts';

export type CommitOnBranch = { readonly branch: string; readonly commit: CommitId };

export type ListingMemory = {
  /** The server's protocol v2 announcement: it speaks of the server, not of a repository's state. */
  announcement?: GitAnswer | undefined;
  /** Bytes of the last complete list of refs. */
  listBytes: number;
};

/** For `listServerRefs`. Fills and uses `memory`; rejects with a SourceError on answers that are cut or no Git. */
export function listingHttp(
  http: GitHttp,
  memory: ListingMemory,
  shown: string,
  signal: AbortSignal,
): HttpClient {
  return {
    async request(request) {
      if (request.method === 'GET' && memory.announcement !== undefined && speaksV2(request)) {
        return toLibrary(request, memory.announcement);
      }
      const answer = await http.send(await fromLibrary(request), signal);
      const lines = parsePktLines(answer.body);
      if (lines === undefined) throw noGit(shown);
      refuseError(lines, shown);
      // An empty repository has nothing to list but the name of the service, which the library takes for protocol v2.
      if (request.method === 'GET' && lines.length === 1) return toLibrary(request, announce(noRefs));
      if (lines.some((line) => line.toString('latin1').trimEnd() === 'version 2')) {
        memory.announcement = answer;
      } else if (request.method === 'GET') memory.listBytes = answer.body.length;
      return toLibrary(request, answer);
    },
  };
}

/**
 * For `fetch` of one commit. The list of refs is written here: the branch, at exactly the commit that is wanted, and only
 * capabilities that every server has had for many years. So a fetch is one request, whatever refs there are, and works
 * where HEAD names a branch that does not exist, which the library takes for an error. The library gets the pack, of which
 * it makes several times as much, when `admit` has let it.
 */
export function fetchingHttp(
  http: GitHttp,
  at: CommitOnBranch,
  shown: string,
  signal: AbortSignal,
  admit: Admit,
  packObjects: number,
): HttpClient {
  return {
    async request(request) {
      if (request.method === 'GET') return toLibrary(request, announceOnly(at));
      const answer = await http.send({ ...(await fromLibrary(request)), admit }, signal);
      if (answer.body.length === 0) throw noGit(shown);
      refuseMany(countObjects(answer.body), packObjects, shown);
      await admit(signal);
      return toLibrary(request, answer);
    },
  };
}

/** The words of an `ERR` line, which the library passes over. */
function errorLine(lines: readonly Buffer[]): string | undefined {
  const line = lines.find((each) => each.toString('latin1', 0, 4) === 'ERR ');
  return line?.toString('utf8', 4).trim();
}

export function noGit(shown: string, detail = 'malformed'): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'ServerError',
    message: `${shown} answered something that is not Git's protocol, or only a part of it (${detail}): check spec.source.url and what stands between the cluster and the Git server`,
  });
}

const noRefs = `${'0'.repeat(40)} capabilities^{}\0`;

function announceOnly({ branch, commit }: CommitOnBranch): GitAnswer {
  const ref = `refs/heads/${branch}`;
  return announce(`${commit} ${ref}\0side-band-64k ofs-delta shallow symref=HEAD:${ref}`);
}

function announce(firstLine: string): GitAnswer {
  const service = pktLine('# service=git-upload-pack\n');
  return {
    headers: { 'content-type': 'application/x-git-upload-pack-advertisement' },
    body: Buffer.from(`${service}${flush}${pktLine(`${firstLine}\n`)}${flush}`),
  };
}

function refuseError(lines: readonly Buffer[], shown: string): void {
  if (errorLine(lines) === undefined) return;
  // The server's words are not repeated: they are a stranger's, and may repeat what was sent.
  throw new SourceError({
    class: 'retry',
    reason: 'ServerError',
    message: `${shown} answered with an error of Git's protocol: look at the Git server's log`,
  });
}

// What is no pack at all is the library's to refuse.
function refuseMany(objects: number | undefined, limit: number, shown: string): void {
  if (objects === undefined || objects <= limit) return;
  throw new SourceError({
    class: 'person',
    reason: 'TooLarge',
    message: `the newest commit of ${shown} has ${objects} objects (files and folders), more than the ${limit} that can be read: keep config in a repository of its own, or in a branch that holds only it`,
  });
}

function speaksV2(request: GitHttpRequest): boolean {
  return request.headers?.['Git-Protocol'] === 'version=2';
}

async function fromLibrary(request: GitHttpRequest) {
  const pieces: Uint8Array[] = [];
  // The library hands an array over where its type says iterator; both can be iterated.
  for await (const piece of request.body ?? []) pieces.push(piece);
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    url: new URL(request.url),
    headers: request.headers ?? {},
    body: Buffer.concat(pieces),
  } as const;
}

function toLibrary(request: GitHttpRequest, answer: GitAnswer): GitHttpResponse {
  const type = answer.headers['content-type'];
  return {
    url: request.url,
    method: request.method,
    statusCode: 200,
    statusMessage: 'OK',
    headers: type === undefined ? {} : { 'content-type': type },
    body: once(answer.body),
  };
}

async function* once(body: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield body;
}
