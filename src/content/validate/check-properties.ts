// Java properties: nearly every text is one. What is left is an escape that makes Java stop, and a value without a key.
import { type Checked, placeAt, plainText, wrong } from './checked.ts';

// Pairs of a backslash and what it escapes, each once, so that `\\u` is a backslash and a letter.
const escapes = /\\(?:u([0-9a-fA-F]{0,4})|.)/gs;
const keyless = /^[ \t\f]*[=:]/;

export function checkProperties(text: string): Checked {
  let at = 0;
  while (at < text.length) {
    const end = endOfEntry(text, at);
    const entry = text.slice(at, end);
    const problem = /^[ \t\f]*[#!]/.test(entry) ? undefined : problemOf(entry);
    if (problem !== undefined) return wrong(problem.message, placeAt(text, at + problem.offset));
    at = end + 1;
  }
  return plainText;
}

function problemOf(entry: string): { readonly offset: number; readonly message: string } | undefined {
  const separator = keyless.exec(entry)?.[0];
  if (separator !== undefined) {
    return {
      offset: separator.length - 1,
      message: 'a key is missing before this sign; write it as key=value',
    };
  }
  for (const match of entry.matchAll(escapes)) {
    if (match[1] !== undefined && match[1].length < 4) {
      const message =
        'a \\u needs four hex digits, and Java reads no line of the file without; write \\\\ for a backslash';
      return { offset: match.index, message };
    }
  }
  return undefined;
}

// A backslash at the end of a line takes the next one in; a comment goes to the end of its line only.
function endOfEntry(text: string, start: number): number {
  const isComment = /^[ \t\f]*[#!]/.test(text.slice(start, start + 1_000));
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n' || character === '\r') return at;
    if (character !== '\\' || isComment) continue;
    at += text[at + 1] === '\r' && text[at + 2] === '\n' ? 2 : 1;
  }
  return text.length;
}
