// One read of a repository in its turn, which it lends while it waits for the server.
import type { LendableTurn } from './lendable-turns.ts';
import type { Folder, ReadRequest, SourceFailure } from './source.ts';

type Read = (request: ReadRequest, signal: AbortSignal) => Promise<Folder>;

/** Rejects with the signal's reason when it fires. `turn` is still held afterwards, if it was wanted at all. */
export async function readInTurn(
  read: Read,
  request: Omit<ReadRequest, 'admit'>,
  { turn, shown }: { readonly turn: LendableTurn; readonly shown: string },
  signal: AbortSignal,
): Promise<Folder> {
  const told = request.onProgress;
  const inTurn: ReadRequest = {
    ...request,
    admit: turn.take,
    onProgress(progress) {
      turn.waits(progress.heldBytes ?? progress.bytes);
      told?.(progress);
    },
  };
  try {
    return await read(inTurn, AbortSignal.any([signal, turn.givenUp]));
  } catch (error) {
    signal.throwIfAborted();
    if (!turn.givenUp.aborted) throw error;
    return givenUp(shown);
  } finally {
    turn.settle();
  }
}

function givenUp(shown: string): SourceFailure {
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'Timeout',
    message: `${shown} sends much, and slowly, while other repositories wait: look at the Git server and the network, or keep config in a repository of its own; it is asked again by itself`,
  };
}
