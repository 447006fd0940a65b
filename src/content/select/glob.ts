// Globs over paths: one dialect for the spec and for `.confrollignore`. Each is read once, refused with words where it is
// not understood, and compared in a time that its length and that of the path bound, counted in steps.
import { type GlobPart, parsePart } from './glob-part.ts';
import { matchPart, type Steps } from './match-part.ts';

export type Glob = {
  /** A path of a file, in its parts. */
  matches(path: readonly string[], steps: Steps): boolean;
  /** Whether it matches all that a folder may hold. */
  covers(folder: readonly string[], steps: Steps): boolean;
};

export type ParsedGlob =
  | { readonly kind: 'ok'; readonly glob: Glob }
  /** Completes a sentence that begins with the glob. */
  | { readonly kind: 'invalid'; readonly why: string };

/** As the CRD has it for globs of the spec. */
const maxGlobCharacters = 256;

/** Never throws. `/` at the end stands for all below. */
export function parseGlob(text: string): ParsedGlob {
  if (text === '') return invalid('is empty');
  if (text.length > maxGlobCharacters) return invalid(`has more than ${maxGlobCharacters} characters`);
  if (text.startsWith('!')) {
    return invalid("begins with '!', and there is no negation: name the files themselves, or write \\!");
  }
  const written = (text.endsWith('/') ? `${text}**` : text).split('/');
  const parts: GlobPart[] = [];
  for (const part of written) {
    if (part === '') return invalid("has a '/' at its start, or two in a row");
    if (part === '.' || part === '..') return invalid(`has the part '${part}': paths are relative and plain`);
    const parsed = parsePart(part);
    if (parsed.kind === 'invalid') return parsed;
    // Two of them in a row match what one does.
    if (parsed.part !== anyParts || parts.at(-1) !== anyParts) parts.push(parsed.part);
  }
  return { kind: 'ok', glob: globOf(parts) };
}

const anyParts = '**';

function globOf(parts: readonly GlobPart[]): Glob {
  // Each state is so many parts of the glob done with.
  const walk = (path: readonly string[], steps: Steps): ReadonlySet<number> => {
    let states = closed(parts, [0]);
    for (const element of path) {
      const next: number[] = [];
      for (const state of states) {
        steps.count += 1;
        const part = parts[state];
        if (part === anyParts) next.push(state);
        else if (part !== undefined && matchPart(part, element, steps)) next.push(state + 1);
      }
      if (next.length === 0) return new Set();
      states = closed(parts, next);
    }
    return states;
  };
  const covers: Glob['covers'] = (folder, steps) =>
    parts.at(-1) === anyParts && walk(folder, steps).has(parts.length - 1);
  return {
    covers,
    // `conf/**` is what is below the folder, not a file of that name.
    matches: (path, steps) =>
      parts.at(-1) === anyParts ? covers(path.slice(0, -1), steps) : walk(path, steps).has(parts.length),
  };
}

// `**` may stand for no part at all.
function closed(parts: readonly GlobPart[], states: readonly number[]): Set<number> {
  const all = new Set(states);
  for (const state of all) if (parts[state] === anyParts) all.add(state + 1);
  return all;
}

function invalid(why: string): ParsedGlob {
  return { kind: 'invalid', why };
}
