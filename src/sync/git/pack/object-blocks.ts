// Objects on their way from one thread to another: a few buffers, which are handed over, instead of many objects, which
// would be copied one by one.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRecord } from '../../../lib/json.ts';
import type { ObjectType } from './entry.ts';
import type { PackedObject } from './unpack.ts';

export type ObjectBlock = {
  /** 20 bytes each. */
  readonly names: Uint8Array<ArrayBuffer>;
  /** Index into `types`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** Empties `objects`, so that what is handed over does not stay here as well. */
export function* toBlocks(objects: PackedObject[]): Generator<ObjectBlock> {
  let block: PackedObject[] = [];
  let size = 0;
  for (let next = objects.pop(); next !== undefined; next = objects.pop()) {
    if (block.length > 0 && (size + next.bytes.length > blockBytes || block.length === blockObjects)) {
      yield blockOf(block, size);
      block = [];
      size = 0;
    }
    block.push(next);
    size += next.bytes.length;
  }
  if (block.length > 0) yield blockOf(block, size);
}

export function transferOf(block: ObjectBlock): ArrayBuffer[] {
  return [block.names.buffer, block.kinds.buffer, block.lengths.buffer, block.bytes.buffer];
}

/** Other work gets a turn after each block. */
export async function fromBlocks(blocks: readonly ObjectBlock[]): Promise<PackedObject[]> {
  const objects: PackedObject[] = [];
  for (const block of blocks) {
    const names = Buffer.from(block.names.buffer);
    let at = 0;
    for (const [index, length] of block.lengths.entries()) {
      objects.push({
        oid: names.toString('hex', index * nameBytes, (index + 1) * nameBytes),
        type: types[block.kinds[index] ?? 0] ?? 'blob',
        bytes: Buffer.from(block.bytes.buffer, at, length),
      });
      at += length;
    }
    await nextTurn();
  }
  return objects;
}

export function isObjectBlock(value: unknown): value is ObjectBlock {
  return (
    isRecord(value) &&
    value.names instanceof Uint8Array &&
    value.kinds instanceof Uint8Array &&
    value.lengths instanceof Uint32Array &&
    value.bytes instanceof Uint8Array
  );
}

const types: readonly ObjectType[] = ['commit', 'tree', 'blob', 'tag'];
const nameBytes = 20;
// A holder of one object holds its block; and reading a block takes a millisecond or two.
const blockBytes = 1024 * 1024;
const blockObjects = 2_000;

function blockOf(objects: readonly PackedObject[], size: number): ObjectBlock {
  const names = new Uint8Array(objects.length * nameBytes);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const [index, object] of objects.entries()) {
    names.set(Buffer.from(object.oid, 'hex'), index * nameBytes);
    bytes.set(object.bytes, at);
    at += object.bytes.length;
  }
  return {
    names,
    kinds: Uint8Array.from(objects, ({ type }) => types.indexOf(type)),
    lengths: Uint32Array.from(objects, (object) => object.bytes.length),
    bytes,
  };
}
