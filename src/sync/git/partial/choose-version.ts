// PURE: the tag of the highest version within a range.
import { compare, compareBuild, parse, type SemVer, satisfies } from 'semver';

/** Pre-releases only where the range names one of the same version, as npm has it. */
export function chooseVersion(tags: Iterable<string>, range: string): string | undefined {
  return sorted(tags).find(({ version }) => satisfies(version, range))?.tag;
}

/** Tags that are versions, the highest first. */
export function newestVersions(tags: Iterable<string>, count: number): string[] {
  return sorted(tags)
    .slice(0, count)
    .map(({ tag }) => tag);
}

function sorted(tags: Iterable<string>): { tag: string; version: SemVer }[] {
  const versions: { tag: string; version: SemVer }[] = [];
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
