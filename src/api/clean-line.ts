// A stranger's words, such as the author and subject of a commit, as they may stand in objects and on terminals.

// Enough for any first line that is meant to be read.
const maxCharacters = 200;

/** One line without control characters, at most 200 characters. */
export function cleanLine(text: string): string {
  return [...text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()].slice(0, maxCharacters).join('');
}
