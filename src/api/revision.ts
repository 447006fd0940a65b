// A revision as it stands in status and annotations: `<ref>@<algorithm>:<commit>`, such as `main@sha1:4fe1c02...`.
import { type CommitId, parseCommitId } from './identifiers.ts';

export type Revision = { readonly ref: string; readonly commit: CommitId };

export function formatRevision(revision: Revision): string {
  return `${revision.ref}@${revision.commit.length === 40 ? 'sha1' : 'sha256'}:${revision.commit}`;
}

/** Undefined for text of any other form. A ref may hold `@`, so the last one counts. */
export function parseRevision(text: string): Revision | undefined {
  const match = /^(.+)@sha(?:1|256):([0-9a-f]+)$/.exec(text);
  const commit = match?.[2] === undefined ? undefined : parseCommitId(match[2]);
  return match?.[1] === undefined || commit === undefined ? undefined : { ref: match[1], commit };
}
