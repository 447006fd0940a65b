// Likely secrets in the files of a folder: a ConfigMap is no place for them, and whoever committed one should know.
import type { ContentError } from '../content-error.ts';
import { matcher } from '../validate/matcher.ts';
import { privateKeys } from './private-keys.ts';
import { readableText } from './readable-text.ts';
import { tokens } from './token-shapes.ts';

/** Where in a text, in UTF-16 units, something begins that looks like a secret, and of what sort: `a GitHub token`. */
export type Hit = { readonly at: number; readonly sort: string };

/** Never throws, takes time in proportion to the bytes, and gives neither a value nor a part of one. */
export function findSecrets(files: readonly NamedFile[], allow: readonly string[]): ContentError[] {
  const isAllowed = matcher(allow);
  return files.flatMap(({ path, bytes }) => (isAllowed(path) ? [] : findIn(path, readableText(bytes))));
}

type NamedFile = { readonly path: string; readonly bytes: Uint8Array };

// Of a file full of them the first ones say enough.
const maxHits = 20;

function findIn(path: string, text: string): ContentError[] {
  const hits = [...privateKeys(text), ...tokens(text)].toSorted((one, other) => one.at - other.at);
  const place = placesInOrder(text);
  const told = new Set<string>();
  const errors: ContentError[] = [];
  for (const { at, sort } of hits) {
    const { line, column } = place(at);
    // A key and its other half on one line are one mistake.
    if (told.has(`${line} ${sort}`)) continue;
    told.add(`${line} ${sort}`);
    errors.push({ path, line, column, message: words(sort, path) });
    if (errors.length === maxHits) break;
  }
  return errors;
}

function words(sort: string, path: string): string {
  const glob = literalGlob(path);
  const allowed = glob.length > longestGlob ? 'with a glob of its path' : `[${JSON.stringify(glob)}]`;
  return `this looks like ${sort}. Put it into a Secret, and make a new one: Git keeps this one in its history. If it is none, or may be seen by everybody, write spec.likelySecrets.allow: ${allowed}`;
}

// What the field takes.
const longestGlob = 256;

/** A glob of this path: what could mean anything else in a glob stands for any one character. */
function literalGlob(path: string): string {
  return path.replaceAll(/[^\p{L}\p{N}\p{M}._/ @,=~#%:;-]/gu, (character) => '?'.repeat(character.length));
}

/** Asked with growing offsets it goes through the text once. */
function placesInOrder(text: string): (offset: number) => { line: number; column: number } {
  let line = 1;
  let start = 0;
  const end = /\r\n|\n|\r/g;
  let next = end.exec(text);
  return (offset) => {
    while (next !== null && end.lastIndex <= offset) {
      line += 1;
      start = end.lastIndex;
      next = end.exec(text);
    }
    return { line, column: offset - start + 1 };
  };
}
