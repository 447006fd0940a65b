// JSON as variables: each string, number, boolean and null is one, named by the keys that lead to it.
import { createScanner, printParseErrorCode, visit } from 'jsonc-parser';
import { jsonWords } from '../validate/json-words.ts';
import { type EnvEntry, type EnvProblem, type EnvReading, maxEntries, placesOf, readingOf } from './entry.ts';
import { joinedName } from './variable-name.ts';

// As deep as YAML may be; the package calls itself for each level, and a stack has an end.
const maxDepth = 100;

export function readJson(text: string): EnvReading {
  const placeAt = placesOf(text);
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const message = `it is nested deeper than ${maxDepth} levels`;
    return { kind: 'unreadable', problems: [{ ...placeAt(deep), message }] };
  }
  const entries: EnvEntry[] = [];
  const problems: EnvProblem[] = [];
  const nothingBefore = /\S/.exec(text);
  if (nothingBefore !== null && text[nothingBefore.index] !== '{') {
    const message = 'it must be an object: its keys are the names of the variables';
    problems.push({ ...placeAt(nothingBefore.index), message });
  }
  // A value stands behind its key; an element of a list has none.
  let keyAt: number | undefined;
  visit(
    text,
    {
      onObjectProperty: (_, offset) => {
        keyAt = offset;
      },
      onArrayBegin: () => {
        keyAt = undefined;
      },
      onObjectEnd: () => {
        keyAt = undefined;
      },
      onLiteralValue: (value: unknown, offset, length, _line, _column, pathOf) => {
        if (entries.length > maxEntries) return;
        entries.push({
          ...placeAt(keyAt ?? offset),
          name: joinedName(pathOf().map(String)),
          value: written(value, text.slice(offset, offset + length)),
        });
        keyAt = undefined;
      },
      onError: (code, offset) => {
        const message = jsonWords(printParseErrorCode(code));
        // What follows the first one is often its consequence.
        if (problems.length === 0) problems.push({ ...placeAt(offset), message });
      },
    },
    { disallowComments: true },
  );
  return readingOf(entries, problems);
}

// Of a number what stands there: 1.10 is a version, and 1e400 or 12345678901234567890 is no JavaScript number.
function written(value: unknown, source: string): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : source;
}

/** Where it becomes too deep. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== endOfFile; token = scanner.scan()) {
    if (token === openBrace || token === openBracket) depth += 1;
    if (token === closeBrace || token === closeBracket) depth -= 1;
    if (depth > maxDepth) return scanner.getTokenOffset();
  }
  return undefined;
}

// The package's own names for them exist for its compiler only.
const [openBrace, closeBrace, openBracket, closeBracket, endOfFile] = [1, 2, 3, 4, 17];
