// Objects that a thread reads from bytes which are handed over to it; it ends with its work.
import { runWorker, WorkerOutOfMemory } from '../../../lib/run-worker.ts';
import { fromBlocks, isObjectBlock, type ObjectBlock } from './object-blocks.ts';
import { PackError } from './pack-error.ts';
import type { PackedObject } from './unpack.ts';

/**
 * The program posts ObjectBlocks; `onWord` is called with whatever else it posts, and its throw ends the thread. Rejects
 * with that, with a PackError when memory does not suffice, or with the signal's reason. `bytes` must not be used
 * afterwards.
 */
export async function objectsFromThread(
  options: {
    readonly program: URL;
    readonly bytes: Uint8Array;
    /** What the thread is told, with `bytes` in memory of their own. */
    readonly order: (bytes: Uint8Array<ArrayBuffer>) => object;
    readonly heapMegabytes: number;
    readonly onWord: (message: unknown) => void;
  },
  signal: AbortSignal,
): Promise<PackedObject[]> {
  const { program, bytes, heapMegabytes, onWord } = options;
  const own = hasMemoryOfItsOwn(bytes) ? bytes : new Uint8Array(bytes);
  const blocks: ObjectBlock[] = [];
  const onMessage = (message: unknown): void => {
    if (isObjectBlock(message)) blocks.push(message);
    else onWord(message);
  };
  try {
    const data = options.order(own);
    await runWorker({ program, data, transfer: [own.buffer], heapMegabytes, onMessage }, signal);
  } catch (error) {
    if (!(error instanceof WorkerOutOfMemory)) throw error;
    throw new PackError('tooLarge', 'reading the pack needs more memory than there is for it', {
      cause: error,
    });
  }
  return await fromBlocks(blocks);
}

function hasMemoryOfItsOwn(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}
