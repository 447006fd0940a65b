// Lines of NAME=value (.env): comments, quotes, values over several lines, `export`. Nothing is put in for $NAME and
// nothing is run. Own code, because the packages for it say no line and take whatever they do not understand.
// One thing: a scanner of some twenty branches over one position, which is read best from top to bottom.
import {
  type EnvEntry,
  type EnvProblem,
  type EnvReading,
  maxEntries,
  placesOf,
  readingOf,
  withPlainLineEnds,
} from './entry.ts';

type Value = { readonly text: string; readonly end: number };
type Problem = { readonly problem: string; readonly end: number };

// A file with more of them is something else.
const maxProblems = 1_000;
// Each part ends where another begins, so none of them can be tried in two ways.
const assignment = /(?:export[ \t]+)?([^=\s]*)[ \t]*(=?)/y;
const blanks = /[ \t]*/y;

/** All that is wrong at once, a line each; after a quote that is never closed nothing can be told. */
export function readDotenv(file: string): EnvReading {
  const text = withPlainLineEnds(file);
  const placeAt = placesOf(text);
  const entries: EnvEntry[] = [];
  const problems: EnvProblem[] = [];
  let at = 0;
  while (at < text.length && problems.length < maxProblems && entries.length <= maxEntries) {
    const start = after(blanks, text, at);
    const first = text[start];
    if (first === undefined || first === '\n' || first === '#') {
      at = endOfLine(text, start) + 1;
      continue;
    }
    assignment.lastIndex = start;
    const [matched = '', name = '', equals = ''] = assignment.exec(text) ?? [];
    const value =
      equals === '' || name === ''
        ? { problem: 'it is no NAME=value, no comment and not empty', end: start + matched.length }
        : readValue(text, start + matched.length);
    if ('problem' in value) problems.push({ ...placeAt(start), message: value.problem });
    else entries.push({ ...placeAt(start), name, value: value.text });
    at = endOfLine(text, value.end) + 1;
  }
  return readingOf(entries, problems);
}

function readValue(text: string, behindEquals: number): Value | Problem {
  const start = after(blanks, text, behindEquals);
  const first = text[start];
  if (first === "'" || first === '"') {
    const quoted = first === "'" ? singleQuoted(text, start) : doubleQuoted(text, start);
    return 'problem' in quoted ? quoted : nothingBehind(text, quoted);
  }
  if (first === '`') {
    const end = endOfLine(text, start);
    return { problem: 'its value begins with a backtick; quote it with \' or "', end };
  }
  const end = endOfLine(text, start);
  const line = text.slice(behindEquals, end);
  // Only behind a blank: `COLOUR=#fff` is a value.
  const comment = /[ \t]#/.exec(line);
  const value = comment === null ? line : line.slice(0, comment.index);
  return { text: trimBlanks(value), end };
}

function singleQuoted(text: string, start: number): Value | Problem {
  const end = text.indexOf("'", start + 1);
  return end < 0 ? neverClosed(text) : { text: text.slice(start + 1, end), end: end + 1 };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
  ['$', '$'],
]);

function doubleQuoted(text: string, start: number): Value | Problem {
  const parts: string[] = [];
  let from = start + 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') return { text: [...parts, text.slice(from, at)].join(''), end: at + 1 };
    if (text[at] !== '\\') continue;
    const meant = escapes.get(text[at + 1] ?? '');
    if (meant !== undefined) {
      parts.push(text.slice(from, at), meant);
      from = at + 2;
    }
    at += 1;
  }
  return neverClosed(text);
}

function neverClosed(text: string): Problem {
  return { problem: 'the quote at the beginning of its value is never closed', end: text.length };
}

function nothingBehind(text: string, value: Value): Value | Problem {
  const end = endOfLine(text, value.end);
  if (/^(?:[ \t]*|[ \t]+#.*)$/.test(text.slice(value.end, end))) return value;
  return {
    problem: 'something stands behind the closing quote of its value; a comment needs a blank before #',
    end,
  };
}

function after(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return at + (sticky.exec(text)?.[0].length ?? 0);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** A regular expression for the end takes a time that grows with the square of a run of blanks. */
function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
