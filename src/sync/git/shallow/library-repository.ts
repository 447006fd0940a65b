// A fetched commit in isomorphic-git, in memory. Nothing of a repository is ever on a disk; dropping the value drops it.
import git, { Errors, type HttpClient } from 'isomorphic-git';
import { createFsFromVolume, Volume } from 'memfs';
import type { ObjectType } from '../pack/entry.ts';
import type { StoredObject } from '../partial/object-store.ts';
import { flush, pktLine } from '../pkt-line.ts';

export type LibraryRepository = {
  /** Undefined when the server did not send it. */
  read(oid: string): Promise<StoredObject | undefined>;
};

/** `answer` is what the server said to the request for `commit`: the library finds it when it asks for the same. */
export async function openLibraryRepository(commit: string, answer: Buffer): Promise<LibraryRepository> {
  const fs = createFsFromVolume(new Volume());
  const cache = {};
  await git.init({ fs, gitdir, bare: true });
  // The library fetches only what a configured remote maps to a ref of its own.
  await git.addRemote({ fs, gitdir, remote: 'origin', url });
  await git.fetch({
    fs,
    cache,
    gitdir,
    http: recorded(commit, answer),
    url,
    ref,
    remoteRef: ref,
    singleBranch: true,
    tags: false,
    depth: 1,
  });
  return {
    async read(oid) {
      try {
        const found = await git.readObject({ fs, cache, gitdir, oid, format: 'content' });
        if (found.format !== 'content' || !isObjectType(found.type)) return undefined;
        return { type: found.type, bytes: Buffer.from(found.object) };
      } catch (error) {
        if (error instanceof Errors.NotFoundError) return undefined;
        throw error;
      }
    },
  };
}

const gitdir = '/repository';
// Never asked: the library wants to have them.
const url = 'http://answered.invalid/repository';
const ref = 'refs/heads/wanted';

// The list of refs is written here: one branch, at exactly the commit that is wanted. So the library needs no HEAD, which
// it misses where HEAD names a branch that does not exist.
function recorded(commit: string, answer: Buffer): HttpClient {
  const list = `${pktLine('# service=git-upload-pack\n')}${flush}${pktLine(
    `${commit} ${ref}\0side-band-64k ofs-delta shallow symref=HEAD:${ref}\n`,
  )}${flush}`;
  return {
    async request({ url, method = 'GET' }) {
      const kind = method === 'GET' ? 'advertisement' : 'result';
      return {
        url,
        method,
        statusCode: 200,
        statusMessage: 'OK',
        headers: { 'content-type': `application/x-git-upload-pack-${kind}` },
        body: once(method === 'GET' ? Buffer.from(list) : answer),
      };
    },
  };
}

async function* once(body: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield body;
}

function isObjectType(type: string): type is ObjectType {
  return ['commit', 'tree', 'blob', 'tag'].includes(type);
}
