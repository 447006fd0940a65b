// Reads a pack without holding up the process: a small one at once, a large one in a thread that ends with it.
import { isRecord } from '../../../lib/json.ts';
import type { Admit } from '../../turns.ts';
import { objectsFromThread } from './objects-from-thread.ts';
import { PackError } from './pack-error.ts';
import { readPackHeader } from './pack-header.ts';
import { type PackedObject, unpack } from './unpack.ts';
import type { UnpackLimits } from './unpack-limits.ts';

/**
 * As `unpack`, with the objects in any order. Rejects with a PackError, or with the signal's reason. The pack's memory is
 * given away: it must not be used afterwards. `admit` is waited for before a large one is read, whatever its own size.
 */
export async function unpackAside(
  pack: Uint8Array,
  limits: UnpackLimits,
  signal: AbortSignal,
  admit: Admit,
  heapMegabytes: number = defaultHeapMegabytes,
): Promise<PackedObject[]> {
  signal.throwIfAborted();
  const objects = unpackSmall(pack, limits);
  if (objects !== undefined) return objects;
  await admit(signal);
  return await unpackLarge(pack, limits, signal, heapMegabytes);
}

// About 15 us an object and 5 ms a megabyte: some 25 ms in all, as much as starting a thread takes. And so little that
// any number of reads may do it at the same time; twice what a ConfigMap holds.
const small = { packBytes: 256 * 1024, objects: 1_000, totalBytes: 2 * 1024 * 1024 };

// An object costs some 500 bytes beside its content: twice what 50 000 of them need, with all of the program.
const defaultHeapMegabytes = 96;

/** Undefined when it is none, or shows to be none on the way. */
function unpackSmall(pack: Uint8Array, limits: UnpackLimits): PackedObject[] | undefined {
  if (pack.length > small.packBytes) return undefined;
  const header = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength);
  if (readPackHeader(header).objects > small.objects) return undefined;
  const totalBytes = Math.min(limits.totalBytes, small.totalBytes);
  try {
    return unpack(pack, { ...limits, totalBytes });
  } catch (error) {
    const mayFit = totalBytes < limits.totalBytes && error instanceof PackError && error.kind === 'tooLarge';
    if (mayFit) return undefined;
    throw error;
  }
}

async function unpackLarge(
  pack: Uint8Array,
  limits: UnpackLimits,
  signal: AbortSignal,
  heapMegabytes: number,
): Promise<PackedObject[]> {
  const order = (bytes: Uint8Array<ArrayBuffer>) => ({ pack: bytes, limits });
  const onWord = (message: unknown): never => {
    throw packErrorOf(message);
  };
  return await objectsFromThread({ program, bytes: pack, order, heapMegabytes, onWord }, signal);
}

// The same name beside this file and beside the bundle.
const program = new URL(`./pack-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'mjs'}`, import.meta.url);

function packErrorOf(message: unknown): Error {
  if (!isRecord(message) || typeof message.message !== 'string')
    return new TypeError('not a message of ours');
  return new PackError(message.kind === 'tooLarge' ? 'tooLarge' : 'malformed', message.message);
}
