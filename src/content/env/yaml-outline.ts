// Which events of a YAML file belong together: where each node stands and ends, and what each alias stands for.
import { EVENT_ID, type Event, SCALAR_STYLE } from 'js-yaml';

export type YamlOutline = {
  /** From the index of a node's first event to the index behind its last one; for a collection that is its pop. */
  readonly ends: ReadonlyMap<number, number>;
  /** From the index of an alias to the index of the node that it stands for. */
  readonly targets: ReadonlyMap<number, number>;
};

export function outlineOf(text: string, events: readonly Event[]): YamlOutline {
  const ends = new Map<number, number>();
  const targets = new Map<number, number>();
  const anchors = new Map<string, number>();
  const open: number[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type === EVENT_ID.POP) {
      const start = open.pop();
      if (start !== undefined) ends.set(start, index + 1);
      continue;
    }
    if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) ends.set(index, index + 1);
    else open.push(index);
    if (event.type === EVENT_ID.DOCUMENT || event.anchorStart < 0) continue;
    const anchor = text.slice(event.anchorStart, event.anchorEnd);
    // An anchor may be given again; an alias is of the last one before it.
    if (event.type !== EVENT_ID.ALIAS) anchors.set(anchor, index);
    else {
      const target = anchors.get(anchor);
      if (target !== undefined) targets.set(index, target);
    }
  }
  return { ends, targets };
}

/** Indexes of the nodes directly in a collection; of a map keys and values in turn. */
export function childrenOf({ ends }: Pick<YamlOutline, 'ends'>, index: number): number[] {
  const children: number[] = [];
  const end = ends.get(index) ?? index;
  for (let at = index + 1; at < end; at = ends.get(at) ?? end) {
    // The last one closes the collection.
    if (ends.has(at)) children.push(at);
  }
  return children;
}

/** Undefined for what has no place, such as a value that is not written. */
export function offsetOf(event: Event | undefined): number | undefined {
  if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP)
    return undefined;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  if (event.valueStart < 0) return undefined;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? event.valueStart - 1 : event.valueStart;
}
