// PURE: the answer to a `fetch` of protocol version 2: what the server has in common with us, and the pack.
import { pktLinesOf } from '../pkt-line.ts';
import { errorBand, packBand } from '../side-band.ts';
import { ProtocolError } from './protocol-error.ts';

export type FetchAnswer = {
  /** `ready`: all that is wanted leads back to what we have. */
  readonly common: 'nothing' | 'some' | 'ready';
  /** In memory of its own. Undefined when the server waits for another word before it sends one. */
  readonly pack: Uint8Array<ArrayBuffer> | undefined;
};

/** Throws a ProtocolError. */
export function parseFetchAnswer(body: Buffer): FetchAnswer {
  let common: FetchAnswer['common'] = 'nothing';
  let hasPack = false;
  const pieces: Buffer[] = [];
  const lines = pktLinesOf(body);
  let next = lines.next();
  for (; next.done !== true; next = lines.next()) {
    const line = next.value;
    if (hasPack) {
      if (line[0] === packBand) pieces.push(line.subarray(1));
      else if (line[0] === errorBand) throw new ProtocolError('gaveUp');
      continue;
    }
    const text = line.toString('latin1', 0, 64).trimEnd();
    if (text.startsWith('ERR ')) throw new ProtocolError('refused');
    if (text === 'packfile') hasPack = true;
    else if (text === 'ready') common = 'ready';
    else if (text.startsWith('ACK ') && common === 'nothing') common = 'some';
  }
  if (next.value !== 'flushed') throw new ProtocolError('malformed');
  return { common, pack: hasPack ? joined(pieces) : undefined };
}

// Not of the memory that small buffers share: who reads the pack may give it away.
function joined(pieces: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
