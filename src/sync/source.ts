// The seam between sync and what speaks Git: which commit a branch is at, and what a folder of a commit holds.
import type { CommitId } from '../api/identifiers.ts';
import type { FolderFile } from '../content/folder-file.ts';
import type { Admit } from './turns.ts';

/** One repository with one credential. Nothing here rejects, save with the signal's own reason. */
export type Source = {
  /** Asks the server once for all the branches; gives up after `withinMilliseconds` at the latest. */
  resolve(branches: readonly string[], signal: AbortSignal, withinMilliseconds?: number): Promise<Resolved>;
  /**
   * What the folder holds at the commit; `path` `''` is the root. `admit` is waited for before much is held in memory:
   * never while the server is silent, and on nobody's deadline.
   */
  read(at: CommitOnBranch, path: string, signal: AbortSignal, admit?: Admit): Promise<Folder>;
  /** Lets idle connections go. */
  close(): void;
};

export type CommitOnBranch = { readonly branch: string; readonly commit: CommitId };

export type Resolved =
  | { readonly kind: 'ok'; readonly heads: ReadonlyMap<string, CommitId | SourceFailure> }
  | SourceFailure;

export type Folder =
  | {
      readonly kind: 'ok';
      readonly files: readonly FolderFile[];
      readonly author: string;
      readonly subject: string;
    }
  /** The revision was read, and the folder is not there or cannot be published. */
  | {
      readonly kind: 'rejected';
      readonly reason: 'PathNotFound' | 'TooLarge';
      readonly message: string;
    }
  /** The commit is gone: the branch was rewritten between the two questions. */
  | { readonly kind: 'moved'; readonly message: string }
  | SourceFailure;

export type SourceFailure = {
  readonly kind: 'failed';
  readonly class: FailureClass;
  readonly reason: FetchReason;
  /** For the reader: what, at which address (without credentials), what to do. */
  readonly message: string;
  /** From the server's Retry-After: not sooner than this. */
  readonly retryAfterMilliseconds?: number;
};

/** `retry`: it may go away by itself. `change`: it goes away with a push. `person`: somebody must mend it. */
export type FailureClass = 'retry' | 'change' | 'person';

export type FetchReason =
  | 'Unreachable'
  | 'AuthenticationFailed'
  | 'ServerError'
  | 'RefNotFound'
  | 'SecretNotReadable'
  | 'SecretNotBound'
  | 'SecretInvalid'
  | 'TooLarge'
  | 'Timeout'
  | 'InvalidSource';
