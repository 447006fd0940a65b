// The bytes of any file -> characters in which ASCII can be looked for: also of a binary one, where a key may stand too.
import { isUtf8 } from 'node:buffer';

/** Without a byte order mark, so that columns count as editors do. */
export function readableText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
