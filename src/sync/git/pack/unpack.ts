// All objects of a pack, or an error: nothing is skipped, and each object has the name that its bytes have.
import { createHash } from 'node:crypto';
import { applyDelta, deltaResultSize } from './delta.ts';
import { type EntryHeader, inflateEntry, type ObjectType, readEntryHeader } from './entry.ts';
import { PackError } from './pack-error.ts';
import { headerBytes, readPackHeader } from './pack-header.ts';
import type { UnpackLimits } from './unpack-limits.ts';

export type PackedObject = {
  /** SHA-1, computed from type and bytes. */
  readonly oid: string;
  readonly type: ObjectType;
  /** A view on memory shared with other objects: copy what is kept long. */
  readonly bytes: Buffer;
};

/** Throws a PackError. Deltas must be to objects of the same pack; an object that is there twice is given twice. */
export function unpack(pack: Uint8Array, limits: UnpackLimits): PackedObject[] {
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  const end = bytes.length - trailerBytes;
  const { objects } = readPackHeader(bytes.subarray(0, Math.max(0, end)));
  if (objects > limits.objects) throw tooMany(objects, limits.objects);
  checkTrailer(bytes);

  const found: PackedObject[] = [];
  const byOffset = new Map<number, PackedObject>();
  const byName = new Map<string, PackedObject>();
  // Deltas that came before their base, by the base's offset or name; what was inflated of them is not kept.
  const waiting = new Map<number | string, Entry[]>();
  const count = counter(limits);
  let waits = 0;

  const resolve = (entry: Entry, base: PackedObject, delta: Buffer): PackedObject => {
    count(deltaResultSize(delta));
    return add(entry.at, base.type, applyDelta(base.bytes, delta));
  };
  const add = (at: number, type: ObjectType, content: Buffer): PackedObject => {
    const object = { oid: nameOf(type, content), type, bytes: content };
    found.push(object);
    byOffset.set(at, object);
    byName.set(object.oid, object);
    return object;
  };
  // Chains are as long as the server likes, so there is no recursion.
  const release = (at: number, object: PackedObject): void => {
    if (waits === 0) return;
    const ready: { entry: Entry; base: PackedObject }[] = [];
    const wake = (offset: number, base: PackedObject): void => {
      for (const key of [offset, base.oid]) {
        for (const entry of waiting.get(key) ?? []) ready.push({ entry, base });
        waiting.delete(key);
      }
    };
    wake(at, object);
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const { entry, base } = next;
      const { bytes: delta } = inflateEntry(bytes, entry.header.dataAt, end, entry.header.size);
      waits -= 1;
      wake(entry.at, resolve(entry, base, delta));
    }
  };

  let at = headerBytes;
  for (let index = 0; index < objects; index += 1) {
    const header = readEntryHeader(bytes, at, end);
    count(header.size);
    const { bytes: inflated, next } = inflateEntry(bytes, header.dataAt, end, header.size);
    const { content } = header;
    if (content.kind === 'whole') release(at, add(at, content.type, inflated));
    else {
      const base = content.kind === 'offsetDelta' ? byOffset.get(content.base) : byName.get(content.base);
      const entry = { at, header };
      if (base !== undefined) release(at, resolve(entry, base, inflated));
      else {
        const others = waiting.get(content.base);
        if (others === undefined) waiting.set(content.base, [entry]);
        else others.push(entry);
        waits += 1;
      }
    }
    at = next;
  }
  if (at !== end) throw new PackError('malformed', 'the pack has more in it than the objects it announces');
  if (waits > 0)
    throw new PackError('malformed', `the pack has ${waits} deltas to objects that are not in it`);
  return found;
}

type Entry = { readonly at: number; readonly header: EntryHeader };

const trailerBytes = 20;

function checkTrailer(pack: Buffer): void {
  const sum = createHash('sha1').update(pack.subarray(0, -trailerBytes)).digest();
  if (!sum.equals(pack.subarray(-trailerBytes))) {
    throw new PackError('malformed', 'the pack is cut or damaged: its checksum does not match');
  }
}

function counter(limits: UnpackLimits): (size: number) => void {
  let total = 0;
  return (size) => {
    total += size;
    if (size > limits.objectBytes) {
      throw new PackError(
        'tooLarge',
        `an object of the pack has ${size} bytes, more than ${limits.objectBytes}`,
      );
    }
    if (total > limits.totalBytes) {
      throw new PackError(
        'tooLarge',
        `the objects of the pack have more than ${limits.totalBytes} bytes together`,
      );
    }
  };
}

function nameOf(type: ObjectType, bytes: Buffer): string {
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}

function tooMany(objects: number, limit: number): PackError {
  return new PackError('tooLarge', `the pack has ${objects} objects, more than ${limit}`);
}
