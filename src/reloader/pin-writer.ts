// Who wrote a Pin, as managedFields tell: the second witness beside the labels, which a person can lose.
import { fieldManagers, hashAnnotation } from '../api/keys.ts';
import type { ManagedFieldsEntry } from '../api/objects.ts';
import { isRecord, type JsonObject } from '../lib/json.ts';

/**
 * True when somebody other than the reloader owns the Pin. What admission stamps is owned by nobody, so that is ours.
 */
export function hasOtherWriter(
  managedFields: readonly ManagedFieldsEntry[] | undefined,
  config: string,
): boolean {
  const field = `f:${hashAnnotation(config)}`;
  return (managedFields ?? []).some(
    (entry) => entry.manager !== fieldManagers.reloader && field in pinFields(entry),
  );
}

/** When the reloader last changed something of the object, in milliseconds since 1970; undefined if it never did. */
export function lastWriteOfOurs(
  managedFields: readonly ManagedFieldsEntry[] | undefined,
): number | undefined {
  const times = (managedFields ?? [])
    .filter(({ manager, subresource }) => manager === fieldManagers.reloader && !subresource)
    .map(({ time }) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** The same entries with nothing but what is asked of them here: on a large workload the rest is half of its bytes. */
export function trimManagedFields(
  managedFields: readonly ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] {
  return (managedFields ?? []).flatMap((entry) => {
    const pins = Object.fromEntries(
      Object.entries(pinFields(entry)).filter(([field]) => field.startsWith(`f:${hashAnnotation('')}`)),
    );
    const ours = entry.manager === fieldManagers.reloader;
    if (!ours && Object.keys(pins).length === 0) return [];
    const fieldsV1 = {
      'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': pins } } },
    };
    return [{ ...entry, fieldsV1 }];
  });
}

function pinFields({ fieldsV1 }: ManagedFieldsEntry): JsonObject {
  let fields = fieldsV1;
  for (const key of ['f:spec', 'f:template', 'f:metadata', 'f:annotations']) {
    if (!isRecord(fields)) return {};
    fields = fields[key];
  }
  return isRecord(fields) ? fields : {};
}
