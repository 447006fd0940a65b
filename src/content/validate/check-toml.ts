// TOML 1.0.
import { parse, TomlError } from 'smol-toml';
import { type Checked, wrong } from './checked.ts';
import { tomlWords } from './toml-words.ts';

// Deeper than any config that a person reads, and far from the end of the stack.
const maxDepth = 100;

export function checkToml(text: string): Checked {
  try {
    const value = parse(text, { maxDepth, integersAsBigInt: 'asNeeded' });
    // The parser tells no places of values.
    return { kind: 'ok', documents: [{ value, placeOf: () => undefined }] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return wrong(tomlWords(error.message), { line: error.line, column: error.column });
  }
}
