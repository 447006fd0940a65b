// What a folder of a revision holds, as it came: nothing is checked yet.
import type { Invalid } from './content-error.ts';

export type FolderFile = {
  /** Path below the folder, elements separated by `/`, in the bytes that Git has: they need not be valid UTF-8. */
  readonly path: Uint8Array;
  readonly kind: 'file' | 'executable' | 'symlink' | 'submodule';
  /** Empty for a submodule; the target for a symlink. */
  readonly bytes: Uint8Array;
};

/** Why a folder cannot become a Snapshot, in words for the person who can change it. Never any content of a file. */
export type Rejected =
  | {
      readonly kind: 'rejected';
      readonly reason: 'PathEmpty' | 'TooLarge';
      readonly message: string;
    }
  | Invalid;
