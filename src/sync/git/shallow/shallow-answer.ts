// PURE: the answer to a fetch of protocol version 0: the pack in the first side band, behind a few lines about history.

import { ProtocolError } from '../partial/protocol-error.ts';
import { pktLinesOf } from '../pkt-line.ts';
import { errorBand, packBand } from '../side-band.ts';

/** Of an answer of any size, at once: a server that does not give the commit says so first of all. */
export function isRefused(answer: Buffer): boolean {
  const first = pktLinesOf(answer).next();
  return first.done !== true && first.value.toString('latin1', 0, 4) === 'ERR ';
}

/** Throws a ProtocolError on an error of the server, wherever it stands, and on what is cut. */
export function packOf(answer: Buffer): Buffer {
  const pieces: Buffer[] = [];
  const lines = pktLinesOf(answer);
  let next = lines.next();
  for (; next.done !== true; next = lines.next()) {
    const line = next.value;
    if (line[0] === packBand) pieces.push(line.subarray(1));
    else if (line[0] === errorBand) throw new ProtocolError('gaveUp');
    else if (line.toString('latin1', 0, 4) === 'ERR ') throw new ProtocolError('refused');
  }
  if (next.value !== 'flushed') throw new ProtocolError('malformed');
  return Buffer.concat(pieces);
}
