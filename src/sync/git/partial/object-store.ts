// The objects of one repository that were received and may be needed again, in memory. Each has the name that its bytes
// have, so whatever is found here is what was asked for.
import type { ObjectType } from '../pack/entry.ts';
import type { PackedObject } from '../pack/unpack.ts';

export type StoredObject = { readonly type: ObjectType; readonly bytes: Buffer };

export type ObjectStore = {
  get(oid: string): StoredObject | undefined;
  has(oid: string): boolean;
  add(objects: Iterable<PackedObject>): void;
  /** Lets all others go. */
  keep(oids: ReadonlySet<string>): void;
  clear(): void;
  /** How often something was added: whether there can be anything to let go. */
  additions(): number;
  size(): { readonly objects: number; readonly bytes: number };
};

export function createObjectStore(): ObjectStore {
  const objects = new Map<string, StoredObject>();
  let additions = 0;
  return {
    get: (oid) => objects.get(oid),
    has: (oid) => objects.has(oid),
    add(received) {
      for (const { oid, type, bytes } of received) {
        if (objects.has(oid)) continue;
        additions += 1;
        objects.set(oid, { type, bytes: alone(bytes) });
      }
    },
    keep(oids) {
      for (const oid of objects.keys()) {
        if (!oids.has(oid)) objects.delete(oid);
      }
    },
    clear: () => objects.clear(),
    additions: () => additions,
    size() {
      let bytes = 0;
      for (const object of objects.values()) bytes += object.bytes.length;
      return { objects: objects.size, bytes };
    },
  };
}

// A small object must not keep the large piece of memory that it was received in.
const slack = 64;

function alone(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength <= bytes.length + slack) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
