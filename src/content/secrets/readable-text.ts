// The bytes of any file -> characters in which ASCII can be looked for: also of a binary one, where a key may stand too.
import { isUtf8 } from 'node:buffer';

/** Without a byte order mark, so that columns count as editors do. */
export function readableText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const unmarked = utf16Of(bytes);
  if (unmarked !== undefined) return new TextDecoder(unmarked).decode(bytes);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

// Enough to tell: text in Latin letters has a zero in nearly each second byte from the start on.
const sampledBytes = 4096;
const mostly = 0.6;
const hardly = 0.05;

/** Text without a byte order mark is well-formed UTF-8 as well, with a NUL behind or before each letter. */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const sample = bytes.subarray(0, sampledBytes);
  const pairs = Math.floor(sample.length / 2);
  if (pairs === 0) return undefined;
  let [even, odd] = [0, 0];
  for (let index = 0; index < 2 * pairs; index += 1) {
    if (sample[index] !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  if (odd / pairs > mostly && even / pairs < hardly) return 'utf-16le';
  if (even / pairs > mostly && odd / pairs < hardly) return 'utf-16be';
  return undefined;
}
