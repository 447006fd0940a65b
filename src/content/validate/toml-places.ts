// Where values stand in a TOML file. The parser tells no places, but it reads the names of tables and keys, one by one.
import { parse } from 'smol-toml';
import { isRecord } from '../../lib/json.ts';
import { type Place, placeAt } from './checked.ts';
import { statements } from './toml-statements.ts';

type Keys = readonly (string | number)[];

/** Of the value under `keys`, or of the nearest one around it: of its key, or of the head of its table. */
export function tomlPlaces(text: string): (keys: Keys) => Place {
  let offsets: ReadonlyMap<string, number> | undefined;
  return (keys) => {
    offsets ??= readOffsets(text);
    for (let length = keys.length; length > 0; length -= 1) {
      const offset = offsets.get(nameOf(keys.slice(0, length)));
      if (offset !== undefined) return placeAt(text, offset);
    }
    return { line: 1, column: 1 };
  };
}

function readOffsets(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  /** How many heads such as `[[name]]` there are so far. */
  const counts = new Map<string, number>();
  // A list of tables is followed into its last one.
  const resolved = (keys: readonly string[], from: Keys): Keys => {
    const path = [...from];
    for (const key of keys) {
      path.push(key);
      const count = counts.get(nameOf(path));
      if (count !== undefined) path.push(count - 1);
    }
    return path;
  };
  const note = (path: Keys, offset: number): void => {
    for (let length = 1; length <= path.length; length += 1) {
      const name = nameOf(path.slice(0, length));
      if (!offsets.has(name)) offsets.set(name, offset);
    }
  };
  let table: Keys = [];
  for (const { start, head } of statements(text)) {
    if (head.startsWith('[[')) {
      const keys = keysOf(head.slice(2, -2));
      const list = [...resolved(keys.slice(0, -1), []), ...keys.slice(-1)];
      counts.set(nameOf(list), (counts.get(nameOf(list)) ?? 0) + 1);
      table = resolved(keys, []);
    } else if (head.startsWith('[')) {
      table = resolved(keysOf(head.slice(1, -1)), []);
    } else {
      note(resolved(keysOf(head), table), start);
      continue;
    }
    note(table, start);
  }
  return offsets;
}

// Deeper ones are found at what is around them.
const maxKeys = 100;

// `a."b.c".d` as the parser understands it.
function keysOf(head: string): string[] {
  const keys: string[] = [];
  let value: unknown = parse(`${head} = 0`);
  while (isRecord(value) && keys.length < maxKeys) {
    const [key = ''] = Object.keys(value);
    keys.push(key);
    value = value[key];
  }
  return keys;
}

function nameOf(keys: Keys): string {
  return JSON.stringify(keys.map(String));
}
