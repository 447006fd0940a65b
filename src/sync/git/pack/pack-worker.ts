// The thread in which a large pack is read: a program of its own, started by unpack-aside.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { isRecord } from '../../../lib/json.ts';
import { toBlocks, transferOf } from './object-blocks.ts';
import { PackError } from './pack-error.ts';
import { unpack } from './unpack.ts';
import type { UnpackLimits } from './unpack-limits.ts';

if (!isOrder(workerData)) throw new TypeError('started without a pack');
try {
  for (const block of toBlocks(unpack(workerData.pack, workerData.limits))) {
    parentPort?.postMessage(block, transferOf(block));
  }
} catch (error) {
  if (!(error instanceof PackError)) throw error;
  parentPort?.postMessage({ kind: error.kind, message: error.message });
}

function isOrder(value: unknown): value is { pack: Uint8Array; limits: UnpackLimits } {
  return isRecord(value) && value.pack instanceof Uint8Array && isRecord(value.limits);
}
