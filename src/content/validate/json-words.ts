// What is wrong in a JSON file, in words that say what to do.

/** `code` as the parser names its errors. */
export function jsonWords(code: string): string {
  return (
    words[code] ??
    'it cannot be read as JSON from here; compare quotes, commas and brackets with the lines before'
  );
}

const words: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value; quote a text with ", and write true, false and null in lower case',
  InvalidNumberFormat: 'this is no JSON number; write it as 12, -3.5 or 1e6, or quote it',
  PropertyNameExpected: 'a key in double quotes is expected; add it, or take out the comma before',
  ValueExpected: 'a value is expected; add it, or take out the comma before',
  ColonExpected: "a ':' is expected behind the key; add it",
  CommaExpected: 'a comma is expected between two entries; add it',
  CloseBraceExpected: 'a { is not closed; add the }',
  CloseBracketExpected: 'a [ is not closed; add the ]',
  EndOfFileExpected: 'something follows the end of the value; a JSON file holds one value: take the rest out',
  InvalidCommentToken:
    'JSON has no comments; take it out, or leave the file out with spec.validate.skip if its program takes comments',
  UnexpectedEndOfComment: 'a comment does not end; close it with */',
  UnexpectedEndOfString:
    'a text does not end on its line; close it with ", and write a line end within it as \\n',
  UnexpectedEndOfNumber: 'a number does not end; write it as 12, -3.5 or 1e6',
  InvalidUnicode: 'a \\u needs four hex digits; write \\\\ for a backslash',
  InvalidEscapeCharacter: 'an unknown escape; write \\\\ for a backslash',
  InvalidCharacter: 'a control character in a text; write it as \\t, \\n or \\u0000',
};
