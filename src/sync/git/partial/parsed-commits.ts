// The commits of a store, each parsed once: a read goes through the same ones again for each folder that is followed.
import { type Commit, parseCommit } from './commit.ts';
import type { Commits } from './history.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

export function parsedCommits(store: ObjectStore): Commits {
  const parsed = new WeakMap<StoredObject, Commit>();
  return (oid) => {
    const object = store.get(oid);
    if (object?.type !== 'commit') return undefined;
    const commit = parsed.get(object) ?? parseCommit(object.bytes);
    parsed.set(object, commit);
    return commit;
  };
}
