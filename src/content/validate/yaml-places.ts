// Where values stand in a YAML file: found from the parser's events when somebody asks, which is when one is wrong.
import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { type Place, placeAt } from './checked.ts';

type Keys = readonly (string | number)[];

type Node = {
  readonly start: number;
  /** By key of a mapping, or by number of a sequence's item. */
  readonly children: Map<string, Node>;
  readonly kind: 'mapping' | 'sequence' | 'leaf';
  /** Of a mapping: the key whose value comes next. */
  key: { readonly name: string; readonly start: number } | undefined;
};

/** Of the values under `keys` in the document with this number, or of the nearest one around it that has a place. */
export function yamlPlaces(text: string, events: readonly Event[]): (document: number, keys: Keys) => Place {
  let roots: readonly (Node | undefined)[] | undefined;
  return (document, keys) => {
    roots ??= readRoots(text, events);
    let node = roots[document];
    let start = node?.start ?? 0;
    for (const key of keys) {
      node = node?.children.get(String(key));
      // A value that came by `<<` or an alias stands elsewhere.
      if (node === undefined) break;
      start = node.start;
    }
    return placeAt(text, start);
  };
}

function readRoots(text: string, events: readonly Event[]): (Node | undefined)[] {
  const roots: (Node | undefined)[] = [];
  const open: Node[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      roots.push(undefined);
    } else if (event.type === EVENT_ID.POP) {
      open.pop();
    } else {
      const node = nodeOf(event);
      const parent = open.at(-1);
      if (parent === undefined) roots[roots.length - 1] ??= node;
      else place(parent, node, event, text);
      if (node.kind !== 'leaf') open.push(node);
    }
  }
  return roots;
}

function nodeOf(event: Exclude<Event, { type: 1 | 6 }>): Node {
  const leaf = { children: new Map(), key: undefined };
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return { ...leaf, kind: 'leaf', start: event.valueStart };
    case EVENT_ID.ALIAS:
      return { ...leaf, kind: 'leaf', start: event.anchorStart - 1 };
    case EVENT_ID.SEQUENCE:
      return { ...leaf, kind: 'sequence', start: event.start };
    case EVENT_ID.MAPPING:
      return { ...leaf, kind: 'mapping', start: event.start };
  }
}

function place(parent: Node, node: Node, event: Event, text: string): void {
  if (parent.kind === 'sequence') {
    parent.children.set(String(parent.children.size), node);
  } else if (parent.key === undefined) {
    const name = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '';
    parent.key = { name, start: node.start };
  } else {
    // A person looks for the key, and an empty value has no place of its own.
    parent.children.set(parent.key.name, { ...node, start: parent.key.start });
    parent.key = undefined;
  }
}
