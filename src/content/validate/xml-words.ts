// What is wrong in an XML file, in words that say what to do. The parser's own words may repeat what the file holds.

export function xmlWords(reason: string): string {
  const [, words = elsewhere] = table.find(([part]) => reason.includes(part)) ?? [];
  return words;
}

const elsewhere = 'it cannot be read as XML from here; compare tags and quotes with the lines before';

// The first that fits counts.
const table: readonly (readonly [part: string, words: string])[] = [
  [
    'entity declared',
    'it declares entities (<!ENTITY), which can stand for other files or blow up; write out what they stand for, or leave the file out with spec.validate.skip',
  ],
  ['undefined entity', 'an entity that XML does not know; write &amp; for &, or the character itself'],
  ['entity', "a '&' begins no entity; write &amp; for &"],
  ['unclosed tag', 'a tag is not closed at the end of the file; close it'],
  [
    'unmatched closing tag',
    'this closing tag has no opening tag; correct its name, or close what is open before it',
  ],
  ['unexpected close tag', 'this closing tag does not close the last open tag; close that one first'],
  ['root element', 'it has no element; an XML file holds exactly one outermost element'],
  ['only one root', 'it has a second outermost element; put one element around both'],
  ['outside of root', 'text outside of the outermost element; take it out, or put it inside'],
  ['duplicate attribute', 'this attribute is on its tag twice; keep one of the two'],
  ['attribute without value', 'an attribute needs a value; write name="value"'],
  ['unquoted attribute', 'the value of an attribute needs quotes; write name="value"'],
  ['no whitespace between attributes', 'a space is missing between two attributes; add it'],
  ['attribute name', 'this cannot stand in the name of an attribute; write name="value"'],
  ['in closing tag', 'this cannot stand in a closing tag; write </name>'],
  ['tag name', "this cannot stand in the name of a tag; write &lt; for a '<' in text"],
  ['comment', "a comment must end with --> and hold no '--' before that; correct it"],
  [
    'XML declaration',
    'the declaration <?xml ... ?> must stand at the very beginning, with version="1.0" and encoding; correct it',
  ],
  [
    'processing instruction',
    'a <? ... ?> is not written as XML wants it, or before the declaration; correct it',
  ],
  ['doctype', 'a <!DOCTYPE must stand before the first element; move it'],
  [']]>', 'text must not hold ]]>; write ]]&gt;'],
  ['disallowed character', 'this character is not allowed in XML; take it out'],
  ['unexpected end', 'it ends within a tag, comment or section; close it'],
];
