// Java properties as variables: escapes, continued lines and separators as java.util.Properties has them, in UTF-8.
import { Pair, parseLines } from 'dot-properties';
import {
  type EnvEntry,
  type EnvProblem,
  type EnvReading,
  maxEntries,
  placesOf,
  readingOf,
  withPlainLineEnds,
} from './entry.ts';
import { joinedName } from './variable-name.ts';

export function readProperties(file: string): EnvReading {
  // A plain end of line cannot stand in a value, and the package takes others for part of a continued key.
  const text = withPlainLineEnds(file);
  const placeAt = placesOf(text);
  const entries: EnvEntry[] = [];
  const problems: EnvProblem[] = [];
  for (const node of parseLines(text, true)) {
    if (entries.length > maxEntries) break;
    if (!(node instanceof Pair)) continue;
    const [start = 0, , , end = 0] = node.range ?? [];
    const broken = brokenEscape(text.slice(start, end));
    if (broken === undefined) {
      entries.push({ ...placeAt(start), name: joinedName([node.key]), value: node.value });
    } else {
      const message = 'four hex digits must follow \\u; a backslash itself is written \\\\';
      problems.push({ ...placeAt(start + broken), message });
    }
  }
  return readingOf(entries, problems);
}

// Java refuses the whole file for it; the package leaves the backslash out.
function brokenEscape(source: string): number | undefined {
  for (const match of source.matchAll(/\\(?:(u)(?![0-9a-fA-F]{4})|[\s\S])/g)) {
    if (match[1] !== undefined) return match.index;
  }
  return undefined;
}
