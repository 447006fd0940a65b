// What of a repository is followed: exactly one of a branch, a tag, a range of versions or a commit.
import { type CommitId, parseCommitId } from './identifiers.ts';

/** `spec.source.ref` as it is written; the API server lets exactly one field through. */
export type RefSpec = {
  readonly branch?: string;
  readonly tag?: string;
  /** A range in the syntax of npm's semver, such as `1.x` or `>=1.2 <2`. */
  readonly semver?: string;
  /** 40 hex digits. */
  readonly commit?: string;
};

export type Reference =
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'commit'; readonly commit: CommitId };

/** Undefined when there is not exactly one, or the commit is none: an object from before that was checked. */
export function parseReference({ branch, tag, semver, commit }: RefSpec): Reference | undefined {
  const given = [branch, tag, semver, commit].filter((each) => each !== undefined);
  if (given.length !== 1) return undefined;
  if (branch !== undefined) return { kind: 'branch', name: branch };
  if (tag !== undefined) return { kind: 'tag', name: tag };
  if (semver !== undefined) return { kind: 'semver', range: semver };
  const id = parseCommitId(commit ?? '');
  return id === undefined ? undefined : { kind: 'commit', commit: id };
}

/** Text that two references share only when they are the same, and in which people recognise them. */
export function referenceKey(reference: Reference): string {
  switch (reference.kind) {
    case 'branch':
    case 'tag':
      return `${reference.kind} ${reference.name}`;
    case 'semver':
      return `semver ${reference.range}`;
    case 'commit':
      return `commit ${reference.commit}`;
  }
}
