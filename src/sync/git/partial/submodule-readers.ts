// The repositories of submodules, each opened with the first submodule that is in it and kept for the next read.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { RejectedFolder } from '../folder-words.ts';
import type { FollowSubmodule } from '../read-folder.ts';
import { SourceError } from '../source-error.ts';
import { failureOf } from './failure-of.ts';
import { CommitGone, type Objects } from './objects.ts';
import type { ReadAt, Reader } from './reader.ts';
import type { Counted, ReadContext } from './session.ts';
import { followSubmodules, type ReadSubmodule } from './submodules.ts';

export type SubmoduleReaders = {
  /** For the commits of one repository: `key` says who reads. */
  follower(
    address: RepositoryAddress,
    key: string,
    context: ReadContext,
    counted: Counted,
  ): NonNullable<ReadAt['follow']>;
  tidy(): void;
  release(): void;
  close(): void;
};

// So many connections and stores one repository may ask for; the one that was not used for the longest time is closed.
const maxReaders = 16;
// Submodules of submodules multiply: two small trees can name half a million of them. Config has a handful.
const maxReads = 100;
const tooMany: RejectedFolder = {
  kind: 'rejected',
  reason: 'TooLarge',
  message: `the folder has more than ${maxReads} submodules, with those of its submodules: put the files themselves there`,
};

export function createSubmoduleReaders(open: (address: RepositoryAddress) => Reader): SubmoduleReaders {
  const readers = new Map<string, Reader>();
  // Closed when no read can be using them.
  const left: Reader[] = [];

  const readerAt = (address: RepositoryAddress): Reader => {
    const reader = readers.get(address.text) ?? open(address);
    readers.delete(address.text);
    readers.set(address.text, reader);
    for (const [text, oldest] of readers) {
      if (readers.size <= maxReaders) break;
      readers.delete(text);
      left.push(oldest);
    }
    return reader;
  };

  const follower = (
    address: RepositoryAddress,
    key: string,
    context: ReadContext,
    counted: Counted,
    depth = 0,
    budget = { reads: 0 },
  ): ((objects: Objects, root: string) => FollowSubmodule) => {
    const readSubmodule: ReadSubmodule = async (place, { path, commit, rest, limits }) => {
      budget.reads += 1;
      if (budget.reads > maxReads) return tooMany;
      // What is at hand is read without a wait; deadlines and others need a turn all the same.
      await nextTurn();
      context.deadline.signal.throwIfAborted();
      const ownKey = `${key}\n${path}`;
      try {
        const folder = await readerAt(place).read(
          {
            key: ownKey,
            commit,
            refName: '',
            selection: rest,
            limits,
            published: undefined,
            follow: follower(place, ownKey, context, counted, depth + 1, budget),
          },
          context,
          counted,
        );
        return folder.kind === 'noCommit' ? { kind: 'missing' } : folder;
      } catch (error) {
        if (error instanceof CommitGone) return { kind: 'missing' };
        context.deadline.signal.throwIfAborted();
        const isMissing = error instanceof SourceError && error.failure.reason === 'RefNotFound';
        if (isMissing) return { kind: 'missing' };
        // Said here, because it is about another address than the one that is read.
        return failureOf(error, place.text);
      }
    };
    return (objects, root) => followSubmodules({ objects, root, address, depth, readSubmodule });
  };

  return {
    follower: (...at) => follower(...at),
    tidy() {
      for (const reader of readers.values()) reader.tidy();
      for (const reader of left.splice(0)) reader.close();
    },
    release() {
      for (const reader of readers.values()) reader.release();
    },
    close() {
      for (const reader of [...readers.values(), ...left]) reader.close();
      readers.clear();
    },
  };
}
