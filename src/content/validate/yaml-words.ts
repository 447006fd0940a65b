// What is wrong in a YAML file, in words that say what to do. The parser's own words may repeat what the file holds.

/** `reason` as the parser gives it, without its excerpt of the file. */
export function yamlWords(reason: string): string {
  const [, words = elsewhere] = table.find(([part]) => reason.includes(part)) ?? [];
  return words;
}

const elsewhere =
  'it cannot be read as YAML from here; compare indentation, quotes and brackets with the lines before';

// The first that fits counts.
const table: readonly (readonly [part: string, words: string])[] = [
  ['duplicated mapping key', 'this key is in its mapping twice; keep one of the two'],
  ['tab characters', 'a tab indents this line; indent with spaces'],
  [
    'bad indentation of a mapping entry',
    "this line does not fit the indentation of the keys around it; move it, or quote a text that holds ': '",
  ],
  [
    'bad indentation of a sequence entry',
    "this line does not fit the indentation of the items around it; move it below their '-'",
  ],
  [
    'deficient indentation',
    'this line must stand further to the right than the line it belongs to; indent it, or close a quote or bracket that was opened before',
  ],
  ["expected ':'", "a key needs ':' and a space behind it; write it as key: value"],
  ['a whitespace character is expected', "a key needs a space behind its ':'; write it as key: value"],
  [
    'multiline key',
    "a key must be on one line with its ':'; write it as key: value, or quote a text that goes on",
  ],
  ['single quoted', "a text that begins with ' does not end; close it, and write a ' within it twice"],
  ['double quoted', 'a text that begins with " does not end; close it, and write a " within it as \\"'],
  ['within a flow collection', 'a { or [ is not closed; close it, or quote a text that begins with one'],
  [
    'missed comma',
    'a comma is missing between two entries in { } or [ ]; add it, or quote a text that holds brackets',
  ],
  ['node content, but found', 'a comma with nothing before it in { } or [ ]; take it out'],
  [
    'unidentified alias',
    "an alias (*) has no anchor (&) of its name before it; add the anchor, or quote a text that begins with '*'",
  ],
  ['alias node', "an alias (*) is not complete; quote a text that begins with '*'"],
  ['anchor', "an anchor (&) is not complete or there twice; quote a text that begins with '&'"],
  ['nesting exceeded', 'it nests more than 100 levels deep; flatten it'],
  [
    'non-printable',
    'it holds a control character, which YAML does not allow; remove it, or write it as an escape in double quotes',
  ],
  ['null byte', 'it holds a zero byte, which YAML does not allow; save it as UTF-8 text'],
  [
    'valid JSON character',
    'a control character in a quoted text; remove it, or write it as an escape in double quotes',
  ],
  ['unknown escape', 'an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes'],
  [
    'hexadecimal',
    'an escape such as \\x or \\u in double quotes lacks hex digits; write \\\\ for a backslash, or use single quotes',
  ],
  [
    'cannot resolve a node',
    'this value does not fit the tag (!!) before it; correct the value or take the tag out',
  ],
  [
    'merge',
    "'<<' takes a mapping or a list of mappings, and no more than 100000 keys in all; correct what stands behind it",
  ],
  ['tag', "a tag (!) cannot be read; quote a text that begins with '!'"],
  ['unacceptable YAML version', 'it declares another version than YAML 1; take the %YAML line out'],
  [
    'directive',
    "a line that begins with '%' is no directive that YAML knows; take it out, or put --- before it",
  ],
  ['block scalar', 'behind | or > at most one of + and -, and one digit from 1 to 9, may stand; correct it'],
  ['indentation width', 'behind | or > at most one digit may stand; correct it'],
  ['chomping', 'behind | or > at most one of + and - may stand; correct it'],
  ['a line break is expected', 'behind | or > the text begins on the next line; move it there'],
  [
    'end of the stream or a document separator',
    "this belongs to nothing before it; look for a missing ':' or a wrong indentation above, or put --- before a new document",
  ],
];
