// The first bytes of a pack: `PACK`, version, number of objects; the integers have 32 bits, the highest byte first.
import { pktLinesOf } from '../pkt-line.ts';
import { PackError } from './pack-error.ts';

export const headerBytes = 12;

/** Throws a PackError on what is no pack. */
export function readPackHeader(pack: Buffer): { objects: number } {
  if (pack.length < headerBytes || pack.toString('latin1', 0, 4) !== 'PACK') {
    throw new PackError('malformed', 'it is cut or no pack at all: it does not begin as one');
  }
  const version = pack.readUInt32BE(4);
  // 3 was never sent by anybody, and means the same.
  if (version !== 2 && version !== 3) {
    throw new PackError('malformed', `the pack has the unknown version ${version}`);
  }
  return { objects: pack.readUInt32BE(8) };
}

/**
 * How many objects an answer to a fetch holds, as soon as its first bytes are there. Undefined when there is no pack in
 * the answer, or it is cut before its number.
 */
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

const packBand = 1;
