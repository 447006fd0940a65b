// PURE: the refs of a repository -> the commit that a reference is at, or why it is at none.
import { parseCommitId } from '../../../api/identifiers.ts';
import type { Reference } from '../../../api/reference.ts';
import { showPath } from '../../../content/words.ts';
import type { Head, SourceFailure } from '../../source.ts';
import { chooseVersion, type TaggedVersion, versionsOf } from './choose-version.ts';
import type { Refs } from './list-refs.ts';

export function chooseHead(reference: Reference, refs: Refs, shown: string): Head | SourceFailure {
  switch (reference.kind) {
    case 'branch': {
      const oid = refs.get(refName(reference));
      if (oid !== undefined) return headAt(reference.name, oid, shown);
      return notFound(
        `${shown} has no branch ${showPath(reference.name)}: push a first commit to it, or correct spec.source.ref.branch`,
      );
    }
    case 'tag': {
      const oid = refs.get(refName(reference));
      if (oid !== undefined) return headAt(reference.name, oid, shown);
      return notFound(
        `${shown} has no tag ${showPath(reference.name)}: push it, or correct spec.source.ref.tag`,
      );
    }
    case 'semver':
      return headInRange(reference.range, refs, shown);
    case 'commit':
      return headAt('', reference.commit, shown);
  }
}

/** What a server that lists by prefix is asked for; undefined for a name that no ref can have. */
export function refPrefix(reference: Reference): string | undefined {
  if (reference.kind === 'commit') return undefined;
  if (reference.kind === 'semver') return tags;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a name would be a line of the protocol
  return /[\u0000-\u0020\u007f]/.test(reference.name) ? undefined : refName(reference);
}

/** `''` for a commit that was named itself. */
export function fullRefName(reference: Reference, head: Head): string {
  if (reference.kind === 'commit') return '';
  return reference.kind === 'branch' ? `refs/heads/${head.name}` : `${tags}${head.name}`;
}

export function isSha256(oid: string): boolean {
  return oid.length === 64;
}

export function sha256Refused(shown: string): SourceFailure {
  return {
    kind: 'failed',
    class: 'person',
    reason: 'InvalidSource',
    message: `${shown} names its objects by SHA-256, which cannot be read yet: use a repository with SHA-1 names`,
  };
}

const tags = 'refs/tags/';
const named = 3;

function refName(reference: Extract<Reference, { name: string }>): string {
  return reference.kind === 'branch' ? `refs/heads/${reference.name}` : `${tags}${reference.name}`;
}

function headInRange(range: string, refs: Refs, shown: string): Head | SourceFailure {
  const versions = versionsIn(refs);
  const name = chooseVersion(versions, range);
  const oid = name === undefined ? undefined : refs.get(`${tags}${name}`);
  if (name !== undefined && oid !== undefined) return headAt(name, oid, shown);
  const newest = versions
    .slice(0, named)
    .map(({ tag }) => showPath(tag))
    .join(', ');
  const has = newest === '' ? 'no tag of it is a version' : `its highest versions are ${newest}`;
  return notFound(
    `${shown} has no tag within the range ${showPath(range)}, ${has}: push such a tag, or correct spec.source.ref.semver`,
  );
}

// Of one answer many ranges may be chosen from.
const sortedVersions = new WeakMap<Refs, readonly TaggedVersion[]>();

function versionsIn(refs: Refs): readonly TaggedVersion[] {
  const known = sortedVersions.get(refs);
  if (known !== undefined) return known;
  const names = [...refs.keys()].flatMap((name) => (name.startsWith(tags) ? [name.slice(tags.length)] : []));
  const versions = versionsOf(names);
  sortedVersions.set(refs, versions);
  return versions;
}

function headAt(name: string, oid: string, shown: string): Head | SourceFailure {
  const commit = parseCommitId(oid);
  if (commit === undefined || isSha256(oid)) return sha256Refused(shown);
  return { name, commit };
}

function notFound(message: string): SourceFailure {
  return { kind: 'failed', class: 'change', reason: 'RefNotFound', message };
}
