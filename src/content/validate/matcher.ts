// Globs of the spec over paths below the folder.
import picomatch from 'picomatch';

/** Whether a path matches any of the globs. `*` stays within a part of a path, `**` does not; a leading dot is a letter. */
export function matcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  return picomatch([...globs], { dot: true, noextglob: true, strictSlashes: true });
}
