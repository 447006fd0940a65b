// The seam between sync and where revisions come from: which commit a reference is at, and what a folder of a commit
// holds. Git over HTTP and SSH stands behind it today; a local directory can.
import type { CommitId } from '../api/identifiers.ts';
import type { Reference } from '../api/reference.ts';
import type { FolderFile } from '../content/folder-file.ts';
import type { Selection } from '../content/select/selection.ts';
import type { Admit } from './turns.ts';

/** One repository with one credential. Nothing here rejects, save with the signal's own reason. */
export type Source = {
  /** Asks the server once for all the references; gives up after `withinMilliseconds` at the latest. */
  resolve(
    references: readonly Reference[],
    signal: AbortSignal,
    withinMilliseconds?: number,
  ): Promise<Resolved>;
  read(request: ReadRequest, signal: AbortSignal): Promise<Folder>;
  /** Lets idle connections and kept objects go. */
  close(): void;
};

export type Head = {
  /** Name of the branch or tag; `''` for a commit that was named itself. */
  readonly name: string;
  readonly commit: CommitId;
};

export type ReadRequest = {
  readonly reference: Reference;
  readonly head: Head;
  readonly selection: Selection;
  /** Whether submodules below its paths are followed. */
  readonly submodules: boolean;
  /** The commit that is published now: how the head stands to it is told in `history`. */
  readonly published: CommitId | undefined;
  /** The whole read, waiting for `admit` left out. Undefined: the source's own limit. */
  readonly withinMilliseconds?: number | undefined;
  /**
   * Waited for before much is held in memory, and again before what has come is worked on: never while the server is
   * silent, and on nobody's deadline.
   */
  readonly admit?: Admit | undefined;
  /** Told every now and then, from the first byte on, and each time that the server is waited for after `admit`. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

export type Progress = {
  /** Received so far, of all requests of this read. */
  readonly bytes: number;
  /** Of Git, received so far; undefined until the server has said how many it sends. */
  readonly objects: number | undefined;
  /** Held in memory for this read now. Undefined: as many as were received. */
  readonly heldBytes?: number;
};

export type Resolved =
  /** By `referenceKey`. */
  { readonly kind: 'ok'; readonly heads: ReadonlyMap<string, Head | SourceFailure> } | SourceFailure;

export type Folder =
  | {
      readonly kind: 'ok';
      readonly files: readonly FolderFile[];
      /** Those of `selection.also` that are not selected. */
      readonly others: readonly FolderFile[];
      readonly author: string;
      readonly subject: string;
      readonly history: History;
    }
  /** The revision was read, and the folder is not there or cannot be published. */
  | {
      readonly kind: 'rejected';
      readonly reason: 'PathNotFound' | 'PathEmpty' | 'TooLarge' | 'UnsupportedFile' | 'Invalid';
      readonly message: string;
      readonly author: string;
      readonly history: History;
    }
  /** The commit is gone: the branch was rewritten between the two questions. */
  | { readonly kind: 'moved'; readonly message: string }
  | SourceFailure;

/** How a head stands to the published commit, as far as the commits that the server sent tell. */
export type History = {
  /** `Unknown`: nothing is published yet, or the server did not tell. */
  readonly comparison: 'UpToDate' | 'Ahead' | 'Behind' | 'Diverged' | 'Unknown';
  /** Commits that the head has and the published one has not. */
  readonly ahead?: number;
  /** The other way round. */
  readonly behind?: number;
  /** First lines of the head's last commits, newest first, at most five. */
  readonly subjects: readonly string[];
};

export type SourceFailure = {
  readonly kind: 'failed';
  readonly class: FailureClass;
  readonly reason: FetchReason;
  /** For the reader: what, at which address (without credentials), what to do. */
  readonly message: string;
  /** Which part of the credential it is about: who knows where that came from says so behind the message. */
  readonly about?: 'login' | 'ca' | 'client' | 'proxy';
  /**
   * `host`: it is down as a whole, whatever the repository: it cannot be connected to, or what stands before it says so.
   * `elsewhere`: the host was not asked, such as when GitHub's API gives no token for it.
   * `repository`: the host answers, and has no such repository, or none for who asks.
   */
  readonly of?: 'host' | 'elsewhere' | 'repository';
  /** From the server's Retry-After: not sooner than this. */
  readonly retryAfterMilliseconds?: number;
};

/** `retry`: it may go away by itself. `change`: it goes away with a push. `person`: somebody must mend it. */
export type FailureClass = 'retry' | 'change' | 'person';

export type FetchReason =
  | 'Unreachable'
  | 'NotTrusted'
  | 'ProxyRefused'
  | 'HostUnavailable'
  | 'HostKeyMismatch'
  | 'AuthenticationFailed'
  | 'ServerError'
  | 'RefNotFound'
  | 'SecretNotReadable'
  | 'SecretNotBound'
  | 'SecretInvalid'
  | 'TooLarge'
  | 'Timeout'
  | 'InvalidSource'
  | 'InvalidSchedule';
