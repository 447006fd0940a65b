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
    return wrong(xmlWords(error.message), error.place);
  }
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
