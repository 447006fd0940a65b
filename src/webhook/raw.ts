// Reading and changing raw JSON without losing what we do not know: every change shares all untouched parts with what
// came in, and a change to what is there already gives the very same object back.
import { isRecord, type JsonObject } from '../lib/json.ts';

export type TextMap = Readonly<Record<string, string>>;

/** The value at a path of keys; undefined where the path ends early. */
export function valueAt(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), object);
}

/** Labels or annotations at a path; empty where there are none. */
export function textsAt(object: unknown, ...path: readonly string[]): TextMap {
  const value = valueAt(object, ...path);
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

/** The objects of an array at a path; empty where there is none. */
export function recordsAt(object: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A copy with the value at that path, parents made where they are missing; `undefined` takes the key away. */
export function withValue(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const before = object[key];
  if (rest.length === 0) {
    if (value === undefined) return without(object, key);
    return before === value && Object.hasOwn(object, key) ? object : { ...object, [key]: value };
  }
  if (value === undefined && !isRecord(before)) return object;
  const after = withValue(isRecord(before) ? before : {}, rest, value);
  return after === before ? object : { ...object, [key]: after };
}

function without(object: JsonObject, key: string): JsonObject {
  if (!Object.hasOwn(object, key)) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
