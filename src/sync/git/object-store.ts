// The objects of one fetch, in memory. Nothing of a repository is ever on a disk; dropping the value drops them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import git, { type HttpClient } from 'isomorphic-git';
import { createFsFromVolume, Volume } from 'memfs';

export type ObjectStore = {
  commit(oid: string): Promise<{ tree: string; author: string; message: string }>;
  tree(oid: string): Promise<Buffer>;
  blob(oid: string): Promise<Buffer>;
};

const gitdir = '/repository';

/** Fetches one commit without its history. Objects that the server did not send are errors when they are read. */
export async function fetchObjects(options: {
  readonly url: string;
  readonly ref: string;
  readonly http: HttpClient;
  readonly signal: AbortSignal;
}): Promise<ObjectStore> {
  const fs = createFsFromVolume(new Volume());
  const cache = {};
  await git.init({ fs, gitdir, bare: true });
  // The library fetches only what a configured remote maps to a ref of its own.
  await git.addRemote({ fs, gitdir, remote: 'origin', url: options.url });
  await git.fetch({
    fs,
    cache,
    gitdir,
    http: options.http,
    url: options.url,
    ref: options.ref,
    remoteRef: options.ref,
    singleBranch: true,
    tags: false,
    depth: 1,
    // The library waits for this while it goes through a pack: the only place where other work gets a turn.
    onProgress: async () => {
      options.signal.throwIfAborted();
      await nextTurn();
    },
  });
  const content = async (oid: string, type: string): Promise<Buffer> => {
    options.signal.throwIfAborted();
    const read = await git.readObject({ fs, cache, gitdir, oid, format: 'content' });
    if (read.format !== 'content' || read.type !== type) throw new RangeError(`${oid} is not a ${type}`);
    return Buffer.from(read.object);
  };
  return {
    tree: (oid) => content(oid, 'tree'),
    blob: (oid) => content(oid, 'blob'),
    async commit(oid) {
      const { commit } = await git.readCommit({ fs, cache, gitdir, oid });
      return { tree: commit.tree, author: commit.author.name, message: commit.message };
    },
  };
}
