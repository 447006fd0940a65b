// What one commit has and another has not: one request where the one came of the other, two where they diverged.
import type { PackedObject } from '../pack/unpack.ts';
import { isRefusal } from './protocol-error.ts';
import { isTooLarge } from './provide-objects.ts';
import type { Fetch } from './session.ts';

export type Difference = {
  readonly want: string;
  readonly have: string;
  readonly filter: 'tree:0' | 'blob:none';
  /** Beyond it another way is cheaper. */
  readonly byteLimit: number;
};

/** Undefined when the server knows only one of them, or it is too much. Rejects as `Fetch` does otherwise. */
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
    if (isRefusal(error) || isTooLarge(error)) return undefined;
    throw error;
  }
}

export function commitsOf(objects: readonly PackedObject[]): Set<string> {
  return new Set(objects.flatMap(({ type, oid }) => (type === 'commit' ? [oid] : [])));
}
