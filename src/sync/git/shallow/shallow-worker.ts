// The thread in which a whole commit is read: a program of its own, started by read-shallow.ts.
import { parentPort, workerData } from 'node:worker_threads';
import type { Selection } from '../../../content/select/selection.ts';
import { isRecord } from '../../../lib/json.ts';
import type { FolderLimits } from '../folder-words.ts';
import { checkPack } from '../pack/check-pack.ts';
import { toBlocks, transferOf } from '../pack/object-blocks.ts';
import { PackError } from '../pack/pack-error.ts';
import { readPackHeader } from '../pack/pack-header.ts';
import type { UnpackLimits } from '../pack/unpack-limits.ts';
import { ProtocolError } from '../partial/protocol-error.ts';
import { collectObjects } from './collect-objects.ts';
import { openLibraryRepository } from './library-repository.ts';
import { packOf } from './shallow-answer.ts';

if (!isOrder(workerData)) throw new TypeError('started without an answer');
const { commit, selection, packLimits, folderLimits } = workerData;
try {
  const answer = Buffer.from(workerData.answer.buffer);
  const { objects } = inspect(answer, packLimits);
  parentPort?.postMessage({ kind: 'announced', objects });
  const repository = await openLibraryRepository(commit, answer);
  for (const block of toBlocks(await collectObjects(repository, commit, selection, folderLimits))) {
    parentPort?.postMessage(block, transferOf(block));
  }
} catch (error) {
  parentPort?.postMessage(failureMessage(error));
}

// Neither does the library ask whether the pack is whole, nor how large it gets. The pack's copy is dropped here.
function inspect(answer: Buffer, limits: UnpackLimits): { objects: number } {
  const pack = packOf(answer);
  const header = readPackHeader(pack);
  if (header.objects <= limits.objects) checkPack(pack, limits);
  return header;
}

function failureMessage(error: unknown) {
  if (error instanceof PackError) return { kind: 'pack', detail: error.kind, message: error.message };
  if (error instanceof ProtocolError) return { kind: 'protocol', detail: error.kind, message: '' };
  // A library's words may repeat what the server sent.
  return { kind: 'protocol', detail: 'malformed', message: '' };
}

type Order = {
  readonly answer: Uint8Array<ArrayBuffer>;
  readonly commit: string;
  readonly selection: Selection;
  readonly packLimits: UnpackLimits;
  readonly folderLimits: FolderLimits;
};

function isOrder(value: unknown): value is Order {
  return isRecord(value) && value.answer instanceof Uint8Array && typeof value.commit === 'string';
}
