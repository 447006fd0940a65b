// All objects of a pack, or an error: nothing is skipped, and each object has the name that its bytes have.
import { createHash } from 'node:crypto';
import { applyDelta, deltaResultSize } from './delta.ts';
import { createCounter, type Entry, inflateAgain, readEntries } from './entries.ts';
import type { ObjectType } from './entry.ts';
import { PackError } from './pack-error.ts';
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
  const count = createCounter(limits);
  const found: PackedObject[] = [];
  const byOffset = new Map<number, PackedObject>();
  const byName = new Map<string, PackedObject>();
  const waiting = createWaiting();

  const add = (at: number, type: ObjectType, content: Buffer): Made => {
    const object = { oid: nameOf(type, content), type, bytes: content };
    found.push(object);
    byOffset.set(at, object);
    byName.set(object.oid, object);
    return { at, object };
  };
  const resolve = (at: number, base: PackedObject, delta: Buffer): Made => {
    count(deltaResultSize(delta));
    return add(at, base.type, applyDelta(base.bytes, delta));
  };
  // Chains are as long as the server likes, so there is no recursion.
  const release = (made: Made): void => {
    const ready = waiting.take(made);
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const { delta, base } = next;
      for (const each of waiting.take(resolve(delta.at, base, inflateAgain(bytes, delta)))) ready.push(each);
    }
  };

  for (const { at, header, inflated } of readEntries(bytes, limits.objects, count)) {
    const { content } = header;
    if (content.kind === 'whole') {
      release(add(at, content.type, inflated));
      continue;
    }
    const base = content.kind === 'offsetDelta' ? byOffset.get(content.base) : byName.get(content.base);
    if (base === undefined) waiting.put(content.base, { at, header });
    else release(resolve(at, base, inflated));
  }
  if (waiting.size() > 0) {
    throw new PackError('malformed', `the pack has ${waiting.size()} deltas to objects that are not in it`);
  }
  return found;
}

type Made = { readonly at: number; readonly object: PackedObject };
type Delta = Omit<Entry, 'inflated'>;
type Ready = { readonly delta: Delta; readonly base: PackedObject };

/** Deltas that came before their base, by the base's offset or name. */
function createWaiting() {
  const byBase = new Map<number | string, Delta[]>();
  let size = 0;
  return {
    size: () => size,
    put(base: number | string, delta: Delta): void {
      const others = byBase.get(base);
      if (others === undefined) byBase.set(base, [delta]);
      else others.push(delta);
      size += 1;
    },
    take({ at, object }: Made): Ready[] {
      if (size === 0) return [];
      const deltas = [at, object.oid].flatMap((base) => byBase.get(base) ?? []);
      byBase.delete(at);
      byBase.delete(object.oid);
      size -= deltas.length;
      return deltas.map((delta) => ({ delta, base: object }));
    },
  };
}

function nameOf(type: ObjectType, bytes: Buffer): string {
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
}
