// The first bytes of a pack: `PACK`, version, number of objects; the integers have 32 bits, the highest byte first.
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
