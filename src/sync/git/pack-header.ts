// How many objects an answer to a fetch holds: said in the first bytes of its pack, behind the framing of the side bands.
import { pktLinesOf } from './pkt-line.ts';

// `PACK`, version, number of objects; the integers have 32 bits, the highest byte first.
const headerBytes = 12;
const packBand = 1;

/** Undefined when there is no pack in the answer, or it is cut before its number. */
export function countObjects(answer: Buffer): number | undefined {
  let header = Buffer.alloc(0);
  for (const line of pktLinesOf(answer)) {
    if (line[0] !== packBand) continue;
    header = Buffer.concat([header, line.subarray(1, 1 + headerBytes)]);
    if (header.length >= headerBytes) break;
  }
  if (header.length < headerBytes || header.toString('latin1', 0, 4) !== 'PACK') return undefined;
  return header.readUInt32BE(8);
}
