// How many objects a server sends, from the first bytes of its answer: the head of the pack stands in them, behind a few
// lines.
import { headerBytes, readPackHeader } from './pack/pack-header.ts';
import { pktLinesOf } from './pkt-line.ts';
import { packBand } from './side-band.ts';

/** Give it each piece of an answer, if there is one; it says the number as soon as it is known, and never how an answer is wrong. */
export function createAnnounced(): (piece: Buffer | undefined) => number | undefined {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let tryAt = 1;
  let found: number | undefined;

  return (piece) => {
    if (piece === undefined || found !== undefined || bytes >= headBytes) return found;
    pieces.push(piece);
    bytes += piece.length;
    // Not at each piece: they may be of one byte.
    if (bytes < tryAt) return undefined;
    tryAt = Math.min(bytes * 2, headBytes);
    found = objectsIn(Buffer.concat(pieces, Math.min(bytes, headBytes)));
    if (found !== undefined || bytes >= headBytes) pieces = [];
    return found;
  };
}

// Two of the longest lines: the first ones are short, and the pack's head is in one of them or in the next.
const headBytes = 128 * 1024;

function objectsIn(head: Buffer): number | undefined {
  let pack: Buffer = Buffer.alloc(0);
  for (const line of pktLinesOf(head)) {
    if (line[0] === packBand) pack = Buffer.concat([pack, line.subarray(1, 1 + headerBytes)]);
    if (pack.length < headerBytes) continue;
    return isHead(pack) ? readPackHeader(pack).objects : undefined;
  }
  return undefined;
}

function isHead(pack: Buffer): boolean {
  return pack.toString('latin1', 0, 4) === 'PACK' && [2, 3].includes(pack.readUInt32BE(4));
}
