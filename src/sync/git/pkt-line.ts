// The framing of Git's protocol: four hex digits of length before each line; 0000 is the flush at an end.

export function pktLine(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

export const flush = '0000';

/** The lines of an answer, flushes left out; undefined when it is cut or no such answer at all. */
export function parsePktLines(body: Buffer): Buffer[] | undefined {
  const lines: Buffer[] = [];
  const pieces = pktLinesOf(body);
  let next = pieces.next();
  for (; next.done !== true; next = pieces.next()) lines.push(next.value);
  return next.value === 'flushed' ? lines : undefined;
}

// The largest repositories known have some hundred thousand refs, and packs come in lines of many bytes. Without a bound
// an answer of nothing but lengths would hold up everything else for seconds.
const maxLines = 1_000_000;

/** As many lines as are whole, flushes left out; returns how the answer ends. */
export function* pktLinesOf(body: Buffer): Generator<Buffer, 'flushed' | 'open' | 'broken'> {
  let at = 0;
  let flushed = false;
  for (let lines = 0; at < body.length; lines += 1) {
    if (lines === maxLines) return 'broken';
    const digits = body.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return 'broken';
    const length = Number.parseInt(digits, 16);
    flushed = length === 0;
    if (length < 4) at += 4;
    else {
      if (at + length > body.length) return 'broken';
      yield body.subarray(at + 4, at + length);
      at += length;
    }
  }
  return flushed ? 'flushed' : 'open';
}
