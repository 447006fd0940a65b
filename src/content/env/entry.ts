// What a file of variables says: the one shape that all formats are read into, and where each part of it stands.
import type { ContentError } from '../content-error.ts';

export type Place = { readonly line: number; readonly column: number };

/** A variable as a file has it; nothing of its name or value is checked yet. */
export type EnvEntry = Place & { readonly name: string; readonly value: string };

export type EnvProblem = Pick<ContentError, 'line' | 'column' | 'message'>;

export type EnvReading =
  | { readonly kind: 'ok'; readonly entries: readonly EnvEntry[] }
  | { readonly kind: 'unreadable'; readonly problems: readonly EnvProblem[] };

// Far more than any process wants, and few enough to be held for all files at once.
export const maxEntries = 20_000;

/** Whoever reads stops at the first entry beyond `maxEntries`. */
export function readingOf(entries: readonly EnvEntry[], problems: readonly EnvProblem[]): EnvReading {
  if (problems.length > 0) return { kind: 'unreadable', problems };
  if (entries.length <= maxEntries) return { kind: 'ok', entries };
  const message = `it has more than ${maxEntries} values; keep variables in a file of their own`;
  return { kind: 'unreadable', problems: [{ message }] };
}

/** From offsets in a text to places in it. A column counts UTF-16 units, as editors do. */
export function placesOf(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Both ends of a line that other systems write become `\n`. */
export function withPlainLineEnds(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}
