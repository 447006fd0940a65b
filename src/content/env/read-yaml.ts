// YAML as variables: each scalar is one, named by the keys that lead to it, with the text that is written there.
// Aliases and merge keys are followed, as far as a budget goes.
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { yamlWords } from '../validate/yaml-words.ts';
import {
  type EnvEntry,
  type EnvProblem,
  type EnvReading,
  maxEntries,
  placesOf,
  readingOf,
  withPlainLineEnds,
} from './entry.ts';
import { joinedName } from './variable-name.ts';
import { childrenOf, offsetOf, outlineOf, type YamlOutline } from './yaml-outline.ts';

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

type Walk = YamlOutline & {
  readonly text: string;
  readonly events: readonly Event[];
  readonly placeAt: ReturnType<typeof placesOf>;
  readonly entries: EnvEntry[];
  readonly problems: EnvProblem[];
  nodes: number;
};

/** Where a node stands: the keys that lead to it, and where the last of them is written. */
type At = { readonly parts: readonly string[]; readonly offset: number; readonly depth: number };

// As deep as anything that a person wrote, and shallow for a stack.
const maxDepth = 100;
// An alias of an alias doubles what there is with each line.
const maxNodes = maxEntries;

export function readYaml(file: string): EnvReading {
  const text = withPlainLineEnds(file);
  const placeAt = placesOf(text);
  const parsed = parse(text);
  if ('message' in parsed) {
    return { kind: 'unreadable', problems: [{ ...placeAt(parsed.offset), message: parsed.message }] };
  }
  const outline = outlineOf(text, parsed.events);
  const walk: Walk = { ...outline, text, ...parsed, placeAt, entries: [], problems: [], nodes: 0 };
  readRoot(walk);
  return readingOf(walk.entries, walk.problems);
}

function parse(text: string): { events: Event[] } | { message: string; offset: number } {
  try {
    return { events: parseEvents(text, { maxDepth }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) return { message: 'it cannot be read as YAML', offset: 0 };
    return { message: yamlWords(error.reason), offset: error.mark?.position ?? 0 };
  }
}

function readRoot(walk: Walk): void {
  const [root, second] = walk.events.flatMap(({ type }, index) =>
    type === EVENT_ID.DOCUMENT && holdsSomething(walk, index + 1) ? [index + 1] : [],
  );
  if (root === undefined) return;
  if (second !== undefined) {
    const message =
      'it has more than one document (---), and which of them counts is not known here; put each into a file of its own';
    addProblem(walk, offsetOf(walk.events[second]) ?? 0, message);
    return;
  }
  const event = walk.events[root];
  if (event?.type === EVENT_ID.MAPPING) {
    readMapping(walk, root, { parts: [], offset: event.start, depth: 0 }, new Set());
    return;
  }
  const message = 'it must be a map, such as "name: value": its keys are the names of the variables';
  addProblem(walk, offsetOf(event) ?? 0, message);
}

function holdsSomething({ events, text }: Walk, index: number): boolean {
  const event = events[index];
  if (event === undefined || event.type === EVENT_ID.POP) return false;
  return event.type !== EVENT_ID.SCALAR || !isNull(text, event);
}

function readNode(walk: Walk, index: number, at: At): void {
  if (isSpent(walk, at)) return;
  const event = walk.events[index];
  const depth = at.depth + 1;
  if (event?.type === EVENT_ID.ALIAS) {
    const target = walk.targets.get(index);
    if (target === undefined) addProblem(walk, at.offset, 'its alias (*) names no anchor (&) before it');
    else readNode(walk, target, { ...at, depth });
  } else if (event?.type === EVENT_ID.SCALAR) {
    readScalar(walk, event, at);
  } else if (event?.type === EVENT_ID.MAPPING) {
    readMapping(walk, index, { ...at, depth }, new Set());
  } else if (event?.type === EVENT_ID.SEQUENCE) {
    for (const [position, child] of childrenOf(walk, index).entries()) {
      const offset = offsetOf(walk.events[child]) ?? at.offset;
      readNode(walk, child, { parts: [...at.parts, String(position)], offset, depth });
    }
  }
}

/** True when no more is read; said once. */
function isSpent(walk: Walk, { offset, depth }: At): boolean {
  walk.nodes += 1;
  if (walk.nodes <= maxNodes && depth <= maxDepth) return false;
  if (walk.nodes !== Number.POSITIVE_INFINITY) {
    const message = `with its aliases it is deeper than ${maxDepth} levels or has more than ${maxNodes} values`;
    addProblem(walk, offset, message);
  }
  walk.nodes = Number.POSITIVE_INFINITY;
  return true;
}

/** `known`: keys that are not read here, since whoever merges this map has them. Those of this map are added. */
function readMapping(walk: Walk, index: number, at: At, known: Set<string>): void {
  const own: string[] = [];
  const merged: number[] = [];
  const children = childrenOf(walk, index);
  for (let child = 0; child + 1 < children.length; child += 2) {
    const [key = 0, value = 0] = children.slice(child, child + 2);
    const event = walk.events[key];
    const offset = offsetOf(event) ?? at.offset;
    if (event?.type !== EVENT_ID.SCALAR) {
      if (isSpent(walk, at)) return;
      addProblem(walk, offset, 'a key must be plain text: it becomes part of the name of a variable');
      continue;
    }
    const name = getScalarValue(walk.text, event);
    own.push(name);
    if (event.style === SCALAR_STYLE.PLAIN && name === '<<') merged.push(value);
    else if (!known.has(name)) readNode(walk, value, { ...at, parts: [...at.parts, name], offset });
  }
  for (const name of own) known.add(name);
  for (const value of merged) merge(walk, value, at, known);
}

// As YAML 1.1 has it, and most programs still: what stands in the map itself wins, and then what is merged first.
function merge(walk: Walk, index: number, { depth, ...at }: At, known: Set<string>): void {
  const deeper = { ...at, depth: depth + 1 };
  if (isSpent(walk, deeper)) return;
  const event = walk.events[index];
  const target = event?.type === EVENT_ID.ALIAS ? walk.targets.get(index) : undefined;
  if (target !== undefined) merge(walk, target, deeper, known);
  else if (event?.type === EVENT_ID.MAPPING) {
    // Keys that are known already cost their time, too.
    walk.nodes += childrenOf(walk, index).length;
    readMapping(walk, index, deeper, known);
  } else if (event?.type === EVENT_ID.SEQUENCE) {
    for (const child of childrenOf(walk, index)) merge(walk, child, deeper, known);
  } else {
    addProblem(walk, offsetOf(event) ?? at.offset, "'<<' takes a map, or a list of maps");
  }
}

function readScalar(walk: Walk, event: ScalarEvent, at: At): void {
  const tag = event.tagStart < 0 ? undefined : walk.text.slice(event.tagStart, event.tagEnd);
  if (tag !== undefined && !plainTags.has(tag)) {
    addProblem(walk, at.offset, 'its tag (!) is not known here; take it away, or write the text itself');
    return;
  }
  // What is written, not what it means: 1.10 is a version, 010 may be a code, and `yes` is no boolean to most.
  const value = isNull(walk.text, event) ? '' : getScalarValue(walk.text, event);
  walk.entries.push({ ...walk.placeAt(at.offset), name: joinedName(at.parts), value });
}

const plainTags = new Set(['!', '!!str', '!!int', '!!float', '!!bool', '!!null']);
const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);

function isNull(text: string, event: ScalarEvent): boolean {
  const tag = event.tagStart < 0 ? '!!null' : text.slice(event.tagStart, event.tagEnd);
  return tag === '!!null' && event.style === SCALAR_STYLE.PLAIN && nulls.has(getScalarValue(text, event));
}

function addProblem(walk: Walk, offset: number, message: string): void {
  walk.problems.push({ ...walk.placeAt(offset), message });
}
