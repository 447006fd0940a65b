// Cuts a run of one character off the end of a text that may be a stranger's, and of any length.

/** Without the characters at its end. A regular expression for it takes a time that grows with the square of the length. */
export function trimEndOf(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
