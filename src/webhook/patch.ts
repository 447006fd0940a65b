// The JSON patch that turns what came in into what we want, proven before it leaves: the API server fails a request
// whose patch does not apply, whatever the failure policy.
import { isDeepStrictEqual } from 'node:util';
import { apply_patch } from 'jsonpatch';
import { isRecord, jsonPointer, type PatchOperation } from '../lib/json.ts';

export type PatchResult =
  | { readonly kind: 'ok'; readonly operations: readonly PatchOperation[] }
  /** A fault of ours: the patch would not do what it is meant to do. */
  | { readonly kind: 'mismatch'; readonly why: string };

/** Parts that both objects share by identity are not looked into, so the cost follows the change. */
export function createPatch(before: unknown, after: unknown): PatchResult {
  const operations = differences(before, after);
  return provePatch(before, after, operations);
}

/** Applies the operations to what came in: the result must be exactly what is wanted. */
export function provePatch(
  before: unknown,
  after: unknown,
  operations: readonly PatchOperation[],
): PatchResult {
  if (operations.length === 0 && before === after) return { kind: 'ok', operations };
  try {
    // It copies what it changes and shares the rest.
    const result: unknown = apply_patch(before, [...operations]);
    if (isDeepStrictEqual(result, after)) return { kind: 'ok', operations };
    return { kind: 'mismatch', why: 'the patch gives another object than the one intended' };
  } catch (error) {
    return { kind: 'mismatch', why: error instanceof Error ? error.message : String(error) };
  }
}

function differences(
  before: unknown,
  after: unknown,
  path: readonly (string | number)[] = [],
): PatchOperation[] {
  if (before === after) return [];
  if (isRecord(before) && isRecord(after)) {
    const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
    return [
      ...removed.map((key): PatchOperation => ({ op: 'remove', path: jsonPointer([...path, key]) })),
      ...Object.entries(after).flatMap(([key, value]) =>
        Object.hasOwn(before, key)
          ? differences(before[key], value, [...path, key])
          : [{ op: 'add' as const, path: jsonPointer([...path, key]), value }],
      ),
    ];
  }
  if (Array.isArray(before) && Array.isArray(after) && after.length >= before.length) {
    const more = after.length - before.length;
    if (before.length > 0 && before.every((value, index) => value === after[index + more])) {
      return after
        .slice(0, more)
        .map((value, index) => ({ op: 'add' as const, path: jsonPointer([...path, index]), value }));
    }
    // Ours only ever grow: what came in keeps its place, new ones follow.
    return after.flatMap((value, index) =>
      index < before.length
        ? differences(before[index], value, [...path, index])
        : [{ op: 'add' as const, path: jsonPointer([...path, '-']), value }],
    );
  }
  return isDeepStrictEqual(before, after) ? [] : [{ op: 'replace', path: jsonPointer(path), value: after }];
}
