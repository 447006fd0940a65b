// All entries of a pack, one after the other, as they stand in it; and whether it is whole.
import { createHash } from 'node:crypto';
import { showBytes } from '../../../content/words.ts';
import { type EntryHeader, inflateEntry, readEntryHeader } from './entry.ts';
import { PackError } from './pack-error.ts';
import { headerBytes, readPackHeader } from './pack-header.ts';
import type { UnpackLimits } from './unpack-limits.ts';

export type Entry = {
  readonly at: number;
  readonly header: EntryHeader;
  /** Of a delta: its instructions. */
  readonly inflated: Buffer;
};

/** Throws a PackError, at the latest behind the last entry. `count` is told each size before memory is taken for it. */
export function* readEntries(
  pack: Buffer,
  objectLimit: number,
  count: (size: number) => void,
): Generator<Entry, void> {
  const end = trailerAt(pack);
  const { objects } = readPackHeader(pack.subarray(0, Math.max(0, end)));
  if (objects > objectLimit) {
    throw new PackError('tooLarge', `the pack has ${objects} objects, more than ${objectLimit}`);
  }
  const sum = createHash('sha1').update(pack.subarray(0, end)).digest();
  if (!sum.equals(pack.subarray(end))) {
    throw new PackError('malformed', 'the pack is cut or damaged: its checksum does not match');
  }
  let at = headerBytes;
  for (let index = 0; index < objects; index += 1) {
    const header = readEntryHeader(pack, at, end);
    count(header.size);
    const { bytes, next } = inflateEntry(pack, header.dataAt, end, header.size);
    yield { at, header, inflated: bytes };
    at = next;
  }
  if (at !== end) throw new PackError('malformed', 'the pack has more in it than the objects it announces');
}

/** Once more: what was inflated of a delta is not kept while it waits. */
export function inflateAgain(pack: Buffer, { header }: { readonly header: EntryHeader }): Buffer {
  return inflateEntry(pack, header.dataAt, trailerAt(pack), header.size).bytes;
}

export function createCounter(limits: Omit<UnpackLimits, 'objects'>): (size: number) => void {
  let total = 0;
  return (size) => {
    total += size;
    if (size > limits.objectBytes) {
      throw new PackError(
        'tooLarge',
        `an object of the pack has ${showBytes(size)}, more than ${showBytes(limits.objectBytes)}`,
      );
    }
    if (total > limits.totalBytes) {
      throw new PackError(
        'tooLarge',
        `the objects of the pack have more than ${showBytes(limits.totalBytes)} together`,
      );
    }
  };
}

// SHA-1 over all that is before it.
const trailerBytes = 20;

function trailerAt(pack: Buffer): number {
  return Math.max(0, pack.length - trailerBytes);
}
