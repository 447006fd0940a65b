// One entry of a pack: its header, and the zlib stream behind it.
import { inflateSync } from 'node:zlib';
import { isRecord } from '../../../lib/json.ts';
import { PackError } from './pack-error.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export type EntryHeader = {
  /** An object whole, or what its delta is to: an entry further ahead in the pack, or an object by its name. */
  readonly content:
    | { readonly kind: 'whole'; readonly type: ObjectType }
    | { readonly kind: 'offsetDelta'; readonly base: number }
    | { readonly kind: 'nameDelta'; readonly base: string };
  /** Inflated. */
  readonly size: number;
  /** Where the zlib stream begins. */
  readonly dataAt: number;
};

/** `end`: where the trailer begins. */
export function readEntryHeader(pack: Buffer, at: number, end: number): EntryHeader {
  let next = at;
  const byte = (): number => {
    const value = next < end ? pack[next] : undefined;
    if (value === undefined) throw new PackError('malformed', 'the pack ends within the header of an object');
    next += 1;
    return value;
  };
  const first = byte();
  let size = first & 15;
  let scale = 16;
  for (let last = first; last >= 128; ) {
    last = byte();
    size += (last & 127) * scale;
    scale *= 128;
    if (size > Number.MAX_SAFE_INTEGER)
      throw new PackError('tooLarge', 'an object of the pack has no sane size');
  }
  const kind = (first >> 4) & 7;
  const type = types[kind];
  if (type !== undefined) return { content: { kind: 'whole', type }, size, dataAt: next };
  if (kind === offsetDelta) {
    const base = at - backwards(byte);
    return { content: { kind: 'offsetDelta', base }, size, dataAt: next };
  }
  if (kind === nameDelta) {
    if (next + nameBytes > end)
      throw new PackError('malformed', 'the pack ends within the name of an object');
    const base = pack.toString('hex', next, next + nameBytes);
    return { content: { kind: 'nameDelta', base }, size, dataAt: next + nameBytes };
  }
  throw new PackError('malformed', `the pack has an object of the unknown type ${kind}`);
}

/** The bytes, exactly `size` of them, and where the next entry begins. */
export function inflateEntry(
  pack: Buffer,
  at: number,
  end: number,
  size: number,
): { bytes: Buffer; next: number } {
  let inflated: unknown;
  try {
    inflated = inflateSync(pack.subarray(at, end), {
      info: true,
      // One more than the size, so that the stream's end is found without a second piece of output.
      chunkSize: Math.max(smallestChunk, size + 1),
      maxOutputLength: size + 1,
    });
  } catch (error) {
    // Only the code: zlib's words say no more.
    const code = isRecord(error) && typeof error.code === 'string' ? ` (${error.code})` : '';
    throw new PackError(
      'malformed',
      `an object of the pack cannot be inflated to the size it announces${code}`,
    );
  }
  const { buffer, engine } = isRecord(inflated) ? inflated : {};
  const consumed = isRecord(engine) ? engine.bytesWritten : undefined;
  if (!Buffer.isBuffer(buffer) || typeof consumed !== 'number') {
    throw new TypeError('zlib did not say how much it read');
  }
  if (buffer.length !== size) {
    throw new PackError('malformed', 'an object of the pack has not the size it announces');
  }
  return { bytes: buffer, next: at + consumed };
}

const types: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
const offsetDelta = 6;
const nameDelta = 7;
const nameBytes = 20;
// Node takes no smaller one.
const smallestChunk = 64;

// Each further byte counts one more than its bits say, so that no number has two spellings.
function backwards(byte: () => number): number {
  let last = byte();
  let distance = last & 127;
  while (last >= 128) {
    last = byte();
    distance = (distance + 1) * 128 + (last & 127);
    if (distance > Number.MAX_SAFE_INTEGER)
      throw new PackError('malformed', 'a delta is to nothing in the pack');
  }
  return distance;
}
