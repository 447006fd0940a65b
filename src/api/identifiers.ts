// Branded strings for the things that must not be mixed up, each made by one parser.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 64 lower-case hex digits: SHA-256 over everything Pods see of a revision. */
export type ContentHash = Branded<'ContentHash'>;
/** The first 12 hex digits of a ContentHash: what names a Snapshot and what a Pin holds. */
export type Hash12 = Branded<'Hash12'>;
/** 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type CommitId = Branded<'CommitId'>;

export function parseContentHash(text: string): ContentHash | undefined {
  return isContentHash(text) ? text : undefined;
}

export function parseHash12(text: string | undefined): Hash12 | undefined {
  return text !== undefined && isHash12(text) ? text : undefined;
}

export function parseCommitId(text: string): CommitId | undefined {
  return isCommitId(text) ? text : undefined;
}

/** The short form of a full hash; throws a RangeError only if the type was circumvented. */
export function shortHash(hash: ContentHash): Hash12 {
  const short = parseHash12(hash.slice(0, 12));
  if (short === undefined) throw new RangeError('a content hash has 64 hex digits');
  return short;
}

/** A GitConfig's name must be a DNS label of at most 52 characters: it becomes a label value and part of volume names. */
export function isGitConfigName(text: string): boolean {
  return text.length <= 52 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);
}

function isContentHash(text: string): text is ContentHash {
  return /^[0-9a-f]{64}$/.test(text);
}

function isHash12(text: string): text is Hash12 {
  return /^[0-9a-f]{12}$/.test(text);
}

function isCommitId(text: string): text is CommitId {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
