// YAML as variables: each scalar is one, named by the keys that lead to it, with the text that is written there.
// Aliases are followed, as far as a budget goes.
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { yamlWords } from '../validate/yaml-words.ts';
import { type EnvEntry, type EnvProblem, type EnvReading, placesOf, withPlainLineEnds } from './entry.ts';
import { joinedName } from './variable-name.ts';
import { outlineOf, type YamlOutline } from './yaml-outline.ts';

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
type At = { readonly parts: readonly string[]; readonly offset: number };

// As deep as anything that a person wrote, and shallow for a stack.
const maxDepth = 100;
// An alias of an alias doubles what there is with each line. Far more than any process wants, and read in milliseconds.
const maxNodes = 20_000;

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
  const { entries, problems } = walk;
  return problems.length === 0 ? { kind: 'ok', entries } : { kind: 'unreadable', problems };
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
    readMapping(walk, root, { parts: [], offset: event.start });
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
  const event = walk.events[index];
  walk.nodes += 1;
  if (walk.nodes > maxNodes || at.parts.length > maxDepth) {
    // Once: what is left is not read.
    if (walk.nodes !== Number.POSITIVE_INFINITY) {
      addProblem(
        walk,
        at.offset,
        `with its aliases it is deeper than ${maxDepth} levels or has more than ${maxNodes} values`,
      );
    }
    walk.nodes = Number.POSITIVE_INFINITY;
    return;
  }
  if (event?.type === EVENT_ID.ALIAS) {
    const target = walk.targets.get(index);
    if (target === undefined) addProblem(walk, at.offset, 'its alias (*) names no anchor (&) before it');
    else readNode(walk, target, at);
  } else if (event?.type === EVENT_ID.SCALAR) {
    readScalar(walk, event, at);
  } else if (event?.type === EVENT_ID.MAPPING) {
    readMapping(walk, index, at);
  } else if (event?.type === EVENT_ID.SEQUENCE) {
    for (const [position, child] of childrenOf(walk, index).entries()) {
      const offset = offsetOf(walk.events[child]) ?? at.offset;
      readNode(walk, child, { parts: [...at.parts, String(position)], offset });
    }
  }
}

function readMapping(walk: Walk, index: number, { parts }: At): void {
  const children = childrenOf(walk, index);
  for (let at = 0; at + 1 < children.length; at += 2) {
    const [key = 0, value = 0] = children.slice(at, at + 2);
    const event = walk.events[key];
    const offset = offsetOf(event) ?? offsetOf(walk.events[index]) ?? 0;
    if (event?.type !== EVENT_ID.SCALAR) {
      addProblem(walk, offset, 'a key must be plain text: it becomes part of the name of a variable');
    } else if (event.style === SCALAR_STYLE.PLAIN && getScalarValue(walk.text, event) === '<<') {
      addProblem(
        walk,
        offset,
        'merge keys (<<) are not read, YAML 1.2 has none; write out what they would bring',
      );
    } else {
      readNode(walk, value, { parts: [...parts, getScalarValue(walk.text, event)], offset });
    }
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

function childrenOf({ ends }: Walk, index: number): number[] {
  const children: number[] = [];
  const end = ends.get(index) ?? index;
  for (let at = index + 1; at < end; at = ends.get(at) ?? end) children.push(at);
  return children;
}

function offsetOf(event: Event | undefined): number | undefined {
  if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP)
    return undefined;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  if (event.valueStart < 0) return undefined;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? event.valueStart - 1 : event.valueStart;
}

function addProblem(walk: Walk, offset: number, message: string): void {
  walk.problems.push({ ...walk.placeAt(offset), message });
}
