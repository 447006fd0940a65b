// What one look at Git and at the cluster came to, before it is told to anybody.
import type { ContentHash } from '../api/identifiers.ts';
import type { Revision } from '../api/revision.ts';
import type { SourceFailure } from './source.ts';

export type Attempt = {
  readonly fetched: { readonly kind: 'ok'; readonly revision: Revision } | SourceFailure;
  /** Undefined when Git could not be read. */
  readonly published: PublishOutcome | undefined;
  /** A read or a publication failed in a way that may pass by itself; looks at Git have their own retries. */
  readonly retry: boolean;
  /** The value of the sync-requested-at annotation that this attempt answers. */
  readonly requestedAt: string | undefined;
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
};

export type PublishReason =
  | 'PathNotFound'
  | 'PathEmpty'
  | 'TooLarge'
  | 'UnsupportedFile'
  | 'NameTaken'
  | 'PublishFailed';
