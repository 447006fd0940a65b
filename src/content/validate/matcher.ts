// Globs of the spec over paths below the folder.
import type { ContentError } from '../content-error.ts';
import { parseGlob } from '../select/glob.ts';
import type { Steps } from '../select/match-part.ts';
import { showPath } from '../words.ts';

// Some tenths of a second. A folder of 3 000 files and thirty globs needs a tenth of it.
const maxSteps = 10_000_000;

/**
 * Whether a path matches any of the globs. One that is not understood matches nothing, and beyond so many `steps` nothing
 * does: `globErrors` and `stepErrors` tell of that.
 */
export function matcher(globs: readonly string[], steps: Steps = { count: 0 }): (path: string) => boolean {
  const parsed = globs.flatMap((text) => {
    const read = parseGlob(text);
    return read.kind === 'ok' ? [read.glob] : [];
  });
  return (path) => {
    const parts = path.split('/');
    return parsed.some((glob) => steps.count <= maxSteps && glob.matches(parts, steps));
  };
}

/** `field` is where they stand in the spec. */
export function globErrors(field: string, globs: readonly string[]): ContentError[] {
  return globs.flatMap((text) => {
    const read = parseGlob(text);
    return read.kind === 'ok' ? [] : [{ path: field, message: `the glob ${showPath(text)} ${read.why}` }];
  });
}

export function stepErrors(steps: Steps): ContentError[] {
  if (steps.count <= maxSteps) return [];
  const message =
    'comparing the names of the files with the globs takes too long; write fewer or simpler ones';
  return [{ path: 'spec.validate', message }];
}
