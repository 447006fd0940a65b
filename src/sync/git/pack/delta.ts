// A Git delta: the sizes of base and result, then instructions that copy from the base or insert new bytes.
import { PackError } from './pack-error.ts';

/** The size of the result, looked at before anything is made. */
export function deltaResultSize(delta: Buffer): number {
  return header(delta).resultSize;
}

export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const { baseSize, resultSize, next } = header(delta);
  if (baseSize !== base.length) throw malformed('its base has another size');
  const result = Buffer.allocUnsafe(resultSize);
  let at = next;
  let written = 0;
  const byte = (): number => {
    const value = delta[at];
    if (value === undefined) throw malformed('it ends within an instruction');
    at += 1;
    return value;
  };
  while (at < delta.length) {
    const instruction = byte();
    if (instruction === 0) throw malformed('it has a reserved instruction');
    const source = instruction < 128 ? delta : base;
    let from = at;
    let length = instruction;
    if (instruction >= 128) {
      from = 0;
      length = 0;
      // Of four bytes of offset and three of length, those whose bit is set are there.
      for (let index = 0; index < 4; index += 1) {
        if ((instruction & (1 << index)) !== 0) from += byte() * 2 ** (8 * index);
      }
      for (let index = 0; index < 3; index += 1) {
        if ((instruction & (16 << index)) !== 0) length += byte() * 2 ** (8 * index);
      }
      if (length === 0) length = 0x10000;
    } else at += length;
    if (from + length > source.length) throw malformed('it copies from beyond the end');
    if (written + length > resultSize) throw malformed('its result is longer than announced');
    source.copy(result, written, from, from + length);
    written += length;
  }
  // Also keeps what was in this memory before from being taken for content.
  if (written !== resultSize) throw malformed('its result is shorter than announced');
  return result;
}

function header(delta: Buffer): { baseSize: number; resultSize: number; next: number } {
  let next = 0;
  const size = (): number => {
    let value = 0;
    let scale = 1;
    for (let last = 128; last >= 128; scale *= 128) {
      const byte = delta[next];
      if (byte === undefined) throw malformed('it ends within its sizes');
      next += 1;
      last = byte;
      value += (last & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER)
        throw new PackError('tooLarge', 'a delta of the pack has no sane size');
    }
    return value;
  };
  const baseSize = size();
  const resultSize = size();
  return { baseSize, resultSize, next };
}

function malformed(what: string): PackError {
  return new PackError('malformed', `a delta of the pack is damaged: ${what}`);
}
