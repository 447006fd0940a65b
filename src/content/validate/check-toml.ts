// TOML 1.0.
import { parse, TomlError, type TomlPrimitive } from 'smol-toml';
import { type Checked, wrong } from './checked.ts';
import { tomlPlaces } from './toml-places.ts';
import { tomlWords } from './toml-words.ts';

// Deeper than any config that a person reads, and far from the end of the stack.
const maxDepth = 100;

export function checkToml(text: string): Checked {
  try {
    // Numbers beyond 2^53 are no error of TOML.
    const value = asJson(parse(text, { maxDepth, integersAsBigInt: 'asNeeded' }));
    return { kind: 'ok', documents: [{ value, placeOf: tomlPlaces(text) }] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return wrong(tomlWords(error.message), { line: error.line, column: error.column });
  }
}

// JSON, which schemas speak of, has neither dates nor whole numbers apart from others.
function asJson(value: TomlPrimitive): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asJson(each)]));
}
