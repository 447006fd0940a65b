// What a walk through a commit needs of Git's objects: they come when they are asked for.
import type { StoredObject } from './object-store.ts';

/** `folder`: this one alone. `folders`: with all below it. */
export type Wanted = 'commit' | 'folder' | 'folders' | 'files';

export type Objects = {
  /**
   * Resolves to `ok` when all of them are at hand, and to `tooLarge` when they are more than is read. Rejects with a
   * MissingObject when they are not to be had.
   */
  need(wanted: Wanted, oids: readonly string[]): Promise<'ok' | 'tooLarge'>;
  get(oid: string): StoredObject | undefined;
};

/** The server has answered, and this was not in the answer. */
export class MissingObject extends Error {
  override readonly name = 'MissingObject';
  readonly wanted: Wanted;

  constructor(wanted: Wanted, options?: ErrorOptions) {
    super(`a ${wanted} is missing`, options);
    this.wanted = wanted;
  }
}

/** The server no longer has the commit that was asked for. */
export class CommitGone extends Error {
  override readonly name = 'CommitGone';
}
