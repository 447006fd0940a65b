// Objects of one repository: those at hand, and the others from the server by their very names, in as few requests as
// possible.
import type { GitLimits } from '../limits.ts';
import { PackError } from '../pack/pack-error.ts';
import { AnswerTooLong } from '../transport.ts';
import type { FetchCommand } from './fetch-request.ts';
import type { ObjectStore } from './object-store.ts';
import { CommitGone, MissingObject, type Objects, type Wanted } from './objects.ts';
import { isRefusal } from './protocol-error.ts';
import type { Fetch } from './session.ts';

/** This server does not give objects by their names; a whole commit it may. */
export class NeedsWhole extends Error {
  override readonly name = 'NeedsWhole';
}

/** What is known of one server. */
export type Knowledge = {
  /** It has given a folder or file by its name: it would again, and when it refuses one, it is not well. */
  givesByName: boolean;
};

/** `need` also rejects with a CommitGone or a NeedsWhole, and as `Fetch` does. */
export function provideObjects(
  store: ObjectStore,
  open: () => Promise<Fetch | undefined>,
  limits: Pick<GitLimits, 'folderBytes' | 'folderEntries'>,
  known: Knowledge,
): Objects {
  const receive = async (wanted: Wanted, oids: readonly string[]): Promise<'ok' | 'tooLarge'> => {
    const fetch = await open();
    if (fetch === undefined) throw new NeedsWhole();
    try {
      store.add(await ask(fetch, wanted, oids, limits));
      if (wanted !== 'commit') known.givesByName = true;
      return 'ok';
    } catch (error) {
      // Every server gives what its refs are at, and a commit may be gone by now; what it leads to is not.
      if (isRefusal(error) && wanted === 'commit') throw new CommitGone();
      if (isRefusal(error) && !known.givesByName) throw new NeedsWhole();
      if (wanted !== 'commit' && isTooLarge(error)) return 'tooLarge';
      throw error;
    }
  };
  return {
    get: store.get,
    async need(wanted, oids) {
      for (let missing = missingOf(store, oids); missing.length > 0; ) {
        if ((await receive(wanted, missing)) === 'tooLarge') return 'tooLarge';
        const still = missingOf(store, missing);
        // Each round brings something, so there is an end to them.
        if (still.length === missing.length) throw new MissingObject(wanted);
        missing = still;
      }
      return 'ok';
    },
  };
}

/** Nothing more comes: for what was read whole. */
export function onlyStored(store: ObjectStore): Objects {
  return {
    get: store.get,
    async need(wanted, oids) {
      if (missingOf(store, oids).length > 0) throw new MissingObject(wanted);
      return 'ok';
    },
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof AnswerTooLong || (error instanceof PackError && error.kind === 'tooLarge');
}

// Five generations of commits tell their subjects. They have some hundred bytes each, with signatures a few thousand; where
// merges make very many of them, one must do.
const generations = 5;
const generationsBytes = 256 * 1024;

async function ask(
  fetch: Fetch,
  wanted: Wanted,
  oids: readonly string[],
  limits: Parameters<typeof provideObjects>[2],
) {
  const command = commandFor(wanted, oids);
  try {
    return (await fetch(command, byteLimit(wanted, limits))).objects ?? [];
  } catch (error) {
    if (wanted !== 'commit' || !(error instanceof AnswerTooLong)) throw error;
    return (await fetch({ ...command, deepen: 1 })).objects ?? [];
  }
}

function commandFor(wanted: Wanted, oids: readonly string[]): FetchCommand {
  switch (wanted) {
    case 'commit':
      return { wants: oids, filter: 'tree:0', deepen: generations, done: true };
    case 'folder':
      return { wants: oids, filter: 'tree:0', done: true };
    case 'folders':
      return { wants: oids, filter: 'blob:none', done: true };
    case 'files':
      return { wants: oids, done: true };
  }
}

// More than these cannot be what may be read: a name has at most 255 bytes on a file system and mode and id 28, and
// deflating makes what cannot be deflated hardly longer.
function byteLimit(wanted: Wanted, { folderBytes, folderEntries }: Parameters<typeof provideObjects>[2]) {
  switch (wanted) {
    case 'commit':
      return generationsBytes;
    case 'folder':
      return undefined;
    case 'folders':
      return folderEntries * 300 + overheadBytes;
    case 'files':
      return folderBytes + overheadBytes;
  }
}

// Framing, headers and checksum of a thousand objects.
const overheadBytes = 256 * 1024;

function missingOf(store: ObjectStore, oids: readonly string[]): string[] {
  return oids.filter((oid) => !store.has(oid));
}
