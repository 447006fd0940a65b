// A Source over isomorphic-git: its wire format and pack reader, our HTTP, our walk through the trees.
import git, { Errors } from 'isomorphic-git';
import { parseCommitId } from '../../api/identifiers.ts';
import { type Reference, referenceKey } from '../../api/reference.ts';
import { showPath } from '../../content/words.ts';
import { withDeadline } from '../../lib/deadline.ts';
import type { Folder, Head, History, Source, SourceFailure } from '../source.ts';
import type { Admit } from '../turns.ts';
import { createGitHttp, type GitHttpOptions } from './http.ts';
import type { CommitOnBranch } from './library-http.ts';
import { fetchingHttp, type ListingMemory, listingHttp, noGit } from './library-http.ts';
import { fetchObjects } from './object-store.ts';
import { pausableDeadline } from './pausable-deadline.ts';
import { readFolder } from './read-folder.ts';
import { showUrl } from './show-url.ts';
import { SourceError } from './source-error.ts';

// With protocol v1 a list of all refs comes in one request; v2 sends only the wanted ones, for one more small request
// the first time. Above this the list costs more than the request.
const longListBytes = 32 * 1024;

export function createGitSource(options: GitHttpOptions): Source {
  const http = createGitHttp(options);
  const memory: ListingMemory = { listBytes: 0 };
  const shown = showUrl(options.url);
  const url = options.url.href;

  const resolve: Source['resolve'] = async (references, signal, withinMilliseconds) => {
    const { overallMilliseconds } = options.limits;
    const milliseconds = Math.min(withinMilliseconds ?? overallMilliseconds, overallMilliseconds);
    const deadline = withDeadline(signal, milliseconds);
    const protocolVersion = memory.listBytes > longListBytes ? 2 : 1;
    try {
      const listing = git.listServerRefs({
        http: listingHttp(http, memory, shown, deadline),
        url,
        protocolVersion,
        prefix: commonPrefix(references.map((each) => refOf(branchOf(each)))),
      });
      const refs = await soonerOf(listing, deadline);
      const heads = new Map(refs.map((ref) => [ref.ref, ref.oid]));
      return {
        kind: 'ok',
        heads: new Map(
          references.map((each) => [
            referenceKey(each),
            head(branchOf(each), heads.get(refOf(branchOf(each))), shown),
          ]),
        ),
      };
    } catch (error) {
      // Whatever was wrong, the next look starts from nothing.
      memory.announcement = undefined;
      signal.throwIfAborted();
      if (deadline.aborted) return tooSlow('asking', milliseconds, shown);
      return failureOf(error, shown);
    }
  };

  const read: Source['read'] = async (request, signal) => {
    const { path, admit = atOnce } = request;
    const at = { branch: request.head.name, commit: request.head.commit };
    using deadline = pausableDeadline(signal, options.limits.readMilliseconds);
    const paused: Admit = (during) => deadline.paused(() => admit(during));
    try {
      return await soonerOf(fetchAndRead(at, path, deadline.signal, paused), deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.expired()) return tooSlow('reading', options.limits.readMilliseconds, shown);
      if (error instanceof Errors.NotFoundError) {
        return {
          kind: 'moved',
          message: `${shown} did not send commit ${at.commit.slice(0, 7)} of branch ${showPath(at.branch)} whole: it was rewritten meanwhile, or the answer was cut; it is asked again by itself`,
        };
      }
      return failureOf(error, shown);
    }
  };

  const fetchAndRead = async (
    at: CommitOnBranch,
    path: string,
    signal: AbortSignal,
    admit: Admit,
  ): Promise<Folder> => {
    const library = fetchingHttp(http, at, shown, signal, admit, options.limits.packObjects);
    const store = await fetchObjects({ url, ref: refOf(at.branch), http: library, signal });
    const folder = await readFolder(store, at.commit, path, options.limits);
    return { ...folder, history: unknown };
  };

  return { resolve, read, close: http.close };
}

const unknown: History = { comparison: 'Unknown', subjects: [] };
const atOnce: Admit = async () => {};

const branchOf = (reference: Reference): string => (reference.kind === 'branch' ? reference.name : '');

const refOf = (branch: string): string => `refs/heads/${branch}`;

function commonPrefix(refs: readonly string[]): string {
  const [first = '', ...others] = refs;
  let length = first.length;
  for (const ref of others) {
    while (!ref.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}

function head(branch: string, oid: string | undefined, shown: string): Head | SourceFailure {
  if (oid === undefined) {
    return {
      kind: 'failed',
      class: 'change',
      reason: 'RefNotFound',
      message: `${shown} has no branch ${showPath(branch)}: push a first commit to it, or correct spec.source.ref.branch`,
    };
  }
  const commit = parseCommitId(oid);
  if (commit === undefined) return noGit(shown).failure;
  if (commit.length !== 40) {
    return {
      kind: 'failed',
      class: 'person',
      reason: 'InvalidSource',
      message: `${shown} names its objects by SHA-256, which cannot be read yet: use a repository with SHA-1 names`,
    };
  }
  return { name: branch, commit };
}

/** Rejects with the signal's reason even if the promise never settles: a library that lost a stream waits for ever. */
async function soonerOf<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function tooSlow(what: 'asking' | 'reading', milliseconds: number, shown: string): SourceFailure {
  const advice =
    what === 'asking'
      ? 'look at the server, or choose a longer spec.interval'
      : 'look at the size of the repository';
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'Timeout',
    message: `${what} ${shown} took longer than ${milliseconds / 1000} s: ${advice}; it is tried again by itself`,
  };
}

// Every other error comes from bytes that are not what Git's protocol says. Only its name is told: its text may repeat
// what the server sent.
function failureOf(error: unknown, shown: string): SourceFailure {
  if (error instanceof SourceError) return error.failure;
  return noGit(shown, error instanceof Error ? error.name : 'unknown error').failure;
}
