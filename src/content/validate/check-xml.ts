// XML: whether it is well-formed. No entity is ever fetched or expanded: a file that declares its own is refused.
import { SaxesParser } from 'saxes';
import { type Checked, placeAt, plainText, wrong } from './checked.ts';
import { xmlWords } from './xml-words.ts';

export function checkXml(text: string): Checked {
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new Malformed(error.message, { line: parser.line, column: parser.columnIndex + 1 });
  });
  parser.on('doctype', (doctype) => {
    const at = doctype.search(/<!ENTITY/i);
    if (at >= 0) throw new Malformed('entity declared', placeAt(text, Math.max(0, text.search(/<!ENTITY/i))));
  });
  try {
    parser.write(text).close();
    return plainText;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const bare = bareAmpersand(text);
    // The parser takes all that follows for the name of an entity, and stumbles at the end.
    return bare === undefined
      ? wrong(xmlWords(error.message), error.place)
      : wrong(xmlWords('entity'), placeAt(text, bare));
  }
}

function bareAmpersand(text: string): number | undefined {
  const token = /<!--|<!\[CDATA\[|&(#\d{1,7};|#x[0-9a-fA-F]{1,6};|[\p{L}_:][\p{L}\p{N}_:.-]{0,200};)?/gu;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [whole, entity] = found;
    if (whole === '&' && entity === undefined) return found.index;
    const end = whole === '<!--' ? '-->' : whole === '<![CDATA[' ? ']]>' : undefined;
    if (end === undefined) continue;
    const closed = text.indexOf(end, token.lastIndex);
    if (closed < 0) return undefined;
    token.lastIndex = closed + end.length;
  }
  return undefined;
}

// The first error is what a person mends; the parser would go on and tell of all that follows from it.
class Malformed extends Error {
  override readonly name = 'Malformed';
  readonly place: { readonly line: number; readonly column: number };
  constructor(message: string, place: { readonly line: number; readonly column: number }) {
    super(message);
    this.place = place;
  }
}
