// What one commit has and another has not: one request where the one came of the other, two where they diverged.
import { PackError } from '../pack/pack-error.ts';
import type { PackedObject } from '../pack/unpack.ts';
import { AnswerTooLong } from '../transport.ts';
import { ProtocolError } from './protocol-error.ts';
import type { Fetch } from './session.ts';

export type Difference = {
  readonly want: string;
  readonly have: string;
  readonly filter: 'tree:0' | 'blob:none';
  /** Beyond it another way is cheaper. */
  readonly byteLimit: number;
};

/**
 * Undefined when the server knows only one of them, when it is too much, and when the answer is none: there is another
 * way, which finds out whether the server can do anything at all. Rejects as `Fetch` does otherwise.
 */
export async function fetchDifference(
  fetch: Fetch,
  { want, have, filter, byteLimit }: Difference,
): Promise<readonly PackedObject[] | undefined> {
  const command = { wants: [want], haves: [have], filter };
  try {
    // Without `done` a server that no longer has the old commit says so, in place of going through all of its history.
    const first = await fetch({ ...command, done: false }, byteLimit);
    if (first.objects !== undefined || first.common === 'nothing') return first.objects;
    return (await fetch({ ...command, done: true }, byteLimit)).objects;
  } catch (error) {
    const isAnswered =
      error instanceof AnswerTooLong || error instanceof ProtocolError || error instanceof PackError;
    if (isAnswered) return undefined;
    throw error;
  }
}

export function commitsOf(objects: readonly PackedObject[]): Set<string> {
  return new Set(objects.flatMap(({ type, oid }) => (type === 'commit' ? [oid] : [])));
}
