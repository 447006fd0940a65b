// Where values stand in a JSON file: found when somebody asks, which is when one is wrong.
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { type Place, placeAt } from './checked.ts';

/** Of the value under `keys`, or of the nearest one around it that is there; of a property: of its key. */
export function jsonPlaces(text: string): (keys: readonly (string | number)[]) => Place {
  let root: Node | undefined;
  return (keys) => {
    root ??= parseTree(text, [], { allowTrailingComma: true });
    let node = root;
    for (const key of keys) {
      const isItem = node?.type === 'array' && /^\d+$/.test(String(key));
      const step = isItem ? Number(key) : String(key);
      const next = node === undefined ? undefined : findNodeAtLocation(node, [step]);
      if (next === undefined) break;
      node = next;
    }
    const shown = node?.parent?.type === 'property' ? node.parent : node;
    return placeAt(text, shown?.offset ?? 0);
  };
}
