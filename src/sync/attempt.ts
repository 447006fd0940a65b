// What one look at Git and at the cluster came to, before it is told to anybody.
import type { LiveStatus } from '../api/gitconfig.ts';
import type { ContentHash } from '../api/identifiers.ts';
import type { Reference } from '../api/reference.ts';
import type { Revision } from '../api/revision.ts';
import type { History, SourceFailure } from './source.ts';

export type Attempt = {
  readonly fetched:
    | { readonly kind: 'ok'; readonly reference: Reference['kind']; readonly revision: Revision }
    | SourceFailure;
  /** Undefined when Git could not be read. */
  readonly published: PublishOutcome | undefined;
  /** How the revision stood to the one that was published before; undefined when it was not read. */
  readonly history: History | undefined;
  /** Why looks and reads are fewer now; undefined while nothing is short. */
  readonly throttled: Throttled | undefined;
  /** A read or a publication failed in a way that may pass by itself; looks at Git have their own retries. */
  readonly retry: boolean;
  /** Undefined: what was known of Snapshots that are absent stands. */
  readonly absent?: Absent | undefined;
  /** Undefined while nothing is accepted. */
  readonly live?: LiveStatus | undefined;
  /** The value of the sync-requested-at annotation that this attempt answers. */
  readonly requestedAt: string | undefined;
};

/** What became of Snapshots that workloads name and that are not there. */
export type Absent = {
  /** All that cannot be made again, with why, for those that were not known before. */
  readonly lost: readonly { readonly hash: string; readonly why: string | undefined }[];
  readonly restored: readonly string[];
};

export type Throttled = {
  readonly reason: 'MemoryPressure' | 'CpuPressure' | 'IoPressure' | 'EventLoopPressure';
  readonly message: string;
};

export type PublishOutcome =
  | {
      readonly kind: 'published';
      readonly hash: ContentHash;
      readonly name: string;
      readonly fileCount: number;
    }
  /** Attempted before and nothing has changed since: status stands as it is. */
  | { readonly kind: 'settled' }
  | Refused;

export type Refused = {
  readonly kind: 'refused';
  readonly reason: PublishReason;
  readonly message: string;
  /** The same revision may be accepted another time, such as when a ConfigMap that it was checked by has changed. */
  readonly mayPass?: true;
  /** With `mayPass`: to find out costs so much that it is not tried sooner. Default: at the next look. */
  readonly notBeforeMilliseconds?: number;
  /** It has other content than the one that was asked for. */
  readonly differs?: true;
};

export type PublishReason =
  | 'PathNotFound'
  | 'PathEmpty'
  | 'TooLarge'
  | 'UnsupportedFile'
  | 'Invalid'
  | 'WaitingForApproval'
  | 'NameTaken'
  | 'PublishFailed';
