// PURE: the tag of the highest version within a range.
import { compare, compareBuild, parse, Range, type SemVer } from 'semver';

/** Pre-releases only where the range names one of the same version, as npm has it. */
export function chooseVersion(versions: readonly TaggedVersion[], range: string): string | undefined {
  const wanted = rangeOf(range);
  return wanted && versions.find(({ version }) => wanted.test(version))?.tag;
}

export type TaggedVersion = { readonly tag: string; readonly version: SemVer };

/** Tags that are versions, the highest first. */
export function versionsOf(tags: Iterable<string>): TaggedVersion[] {
  const versions: TaggedVersion[] = [];
  for (const tag of tags) {
    const version = /^v?\d/.test(tag) ? parse(tag) : null;
    if (version !== null) versions.push({ tag, version });
  }
  // `v1.2.3` beside `1.2.3` is one version twice: the same one of them is chosen whatever the order they come in.
  return versions.sort(
    (one, other) =>
      compare(other.version, one.version) ||
      compareBuild(other.version, one.version) ||
      (one.tag < other.tag ? -1 : 1),
  );
}

function rangeOf(text: string): Range | undefined {
  try {
    return new Range(text);
  } catch {
    return undefined;
  }
}
