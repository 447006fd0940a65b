// The bytes of a text file -> its characters: UTF-8, with or without a byte order mark, and UTF-16 with one.
import { isUtf8 } from 'node:buffer';
import type { Finding } from './checked.ts';
import type { FileType } from './file-types.ts';

export type Decoded =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'wrong'; readonly finding: Finding };

/** The text comes without its mark. */
export function decodeText(bytes: Uint8Array, type: FileType): Decoded {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decode(bytes, 'utf-16le');
  if (first === 0xfe && second === 0xff) return decode(bytes, 'utf-16be');
  if (isUtf8(bytes)) return { kind: 'ok', text: new TextDecoder('utf-8').decode(bytes) };
  // Java reads properties as ISO 8859-1 unless it is told otherwise, and XML says itself what it is written in.
  if (type === 'properties') return { kind: 'ok', text: Buffer.from(bytes).toString('latin1') };
  const declared = type === 'xml' ? declaredEncoding(bytes) : undefined;
  return declared === undefined ? notUtf8(bytes) : decode(bytes, declared);
}

function decode(bytes: Uint8Array, encoding: string): Decoded {
  try {
    return { kind: 'ok', text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    const shown = encoding.toUpperCase();
    const message = `its bytes are not the ${shown} that its first bytes announce; save it as UTF-8`;
    return { kind: 'wrong', finding: { line: 1, message } };
  }
}

// Where such a declaration may stand, and no more of it than one needs.
const declaration = /^<\?xml[ \t\r\n][^>]{0,200}?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][\w.-]{0,40})["']/;

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const encoding = declaration.exec(Buffer.from(bytes.subarray(0, 300)).toString('latin1'))?.[1];
  return encoding === undefined || /^utf-?8$/i.test(encoding) ? undefined : encoding;
}

function notUtf8(bytes: Uint8Array): Decoded {
  const message =
    'its bytes are not UTF-8, nor UTF-16 with a byte order mark; save it as UTF-8, or leave it out with spec.validate.skip';
  return { kind: 'wrong', finding: { line: firstLineThatIsNot(bytes), message } };
}

function firstLineThatIsNot(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return line;
}
