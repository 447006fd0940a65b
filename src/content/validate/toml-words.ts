// What is wrong in a TOML file, in words that say what to do. The parser's own words repeat lines of the file.

export function tomlWords(message: string): string {
  // Behind the first line it shows the place.
  const reason = message.split('\n', 1)[0] ?? '';
  const [, words = elsewhere] = table.find(([part]) => reason.includes(part)) ?? [];
  return words;
}

const elsewhere = 'it cannot be read as TOML from here; compare quotes and brackets with the lines before';

// The first that fits counts.
const table: readonly (readonly [part: string, words: string])[] = [
  ['redefine', 'this key or table is there twice; keep one of the two'],
  ['nested structures', 'it nests more than 100 levels deep; flatten it'],
  ['end of table array', 'a [[ is not closed; write [[name]]'],
  [
    'followed by an end-of-line',
    'something follows the value on its line; put it on a line of its own, or quote the value',
  ],
  [
    'control characters are not allowed in strings',
    'a line end or another control character within a text; close its quote, use three quotes for a text over several lines, or write an escape',
  ],
  ['control characters', 'a control character; remove it, or write it as an escape in double quotes'],
  [
    'unicode escape',
    'a \\u needs four hex digits and a \\U eight; write \\\\ for a backslash, or use single quotes',
  ],
  ['escape', 'an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes'],
  [
    'unfinished string',
    'a text does not end; close its quote, and use three quotes for a text over several lines',
  ],
  ['end of key', "a key needs '=' and a value on its line; write it as key = value"],
  ['empty bare key', "a key is missing before '='; write it as key = value"],
  [
    'in key',
    'a key may hold letters, digits, - and _ only, or stand in quotes; quote it, or close its bracket',
  ],
  ['multiline strings are not allowed', 'a key must be on one line; correct it'],
  ['unfinished table', 'a { is not closed; add the }'],
  ['unfinished array', 'a [ is not closed; add the ]'],
  ['expected comma', 'a comma is missing between two entries in { } or [ ]; add it'],
  ['leading zero', 'a number must not begin with 0; take the zero out, or quote it'],
  ['underscore', 'a _ in a number must stand between two digits; correct it'],
  ['date', 'this is no date or time; write it as 2024-05-01, 07:32:00 or 2024-05-01T07:32:00Z, or quote it'],
  ['num', 'this is no number; correct it, or quote it as a text'],
  ['invalid value', 'this is no TOML value; quote a text, and write true and false in lower case'],
];
