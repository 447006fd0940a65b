// A revision as it stands in status and annotations: `<ref>@<algorithm>:<commit>`, such as `main@sha1:4fe1c02...`;
// without `<ref>@` for a commit that was named itself.
import { type CommitId, parseCommitId } from './identifiers.ts';

export type Revision = {
  /** Name of the branch or tag; `''` for a commit that was named itself. */
  readonly ref: string;
  readonly commit: CommitId;
};

export function formatRevision(revision: Revision): string {
  return formatWith(revision, revision.commit);
}

/** `main@sha1:4fe1c02`, as people read it. */
export function formatShortRevision(revision: Revision): string {
  return formatWith(revision, revision.commit.slice(0, 7));
}

function formatWith({ ref, commit }: Revision, digits: string): string {
  return `${ref === '' ? '' : `${ref}@`}${commit.length === 40 ? 'sha1' : 'sha256'}:${digits}`;
}

/** Undefined for text of any other form. A ref may hold `@`, so the last one counts. */
export function parseRevision(text: string): Revision | undefined {
  const match = /^(?:(.+)@)?sha(?:1|256):([0-9a-f]+)$/.exec(text);
  const commit = match?.[2] === undefined ? undefined : parseCommitId(match[2]);
  return commit === undefined ? undefined : { ref: match?.[1] ?? '', commit };
}
