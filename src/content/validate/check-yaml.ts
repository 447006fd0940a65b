// YAML 1.2, any number of documents. Any tag is taken: what it means is for the program that reads the file.
import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  mapTag,
  mergeTag,
  parseEvents,
  seqTag,
  YAMLException,
} from 'js-yaml';
import { type Checked, placeAt, wrong } from './checked.ts';
import { aliasProblem } from './yaml-aliases.ts';
import { yamlPlaces } from './yaml-places.ts';
import { yamlWords } from './yaml-words.ts';

// Deeper than any config that a person reads, and far from the end of the stack.
const maxDepth = 100;
// Each `<<` costs as many as the mapping behind it has keys. The largest compose files seen have some thousands.
const maxTotalMergeKeys = 100_000;

/** Throws nothing but what the stack's end throws. */
export function checkYaml(text: string): Checked {
  try {
    const events = parseEvents(text, { maxDepth });
    const problem = aliasProblem(text, events);
    if (problem !== undefined) return wrong(problem.message, placeAt(text, problem.offset));
    const values = constructFromEvents(events, { source: text, schema, maxTotalMergeKeys });
    const places = yamlPlaces(text, events);
    return {
      kind: 'ok',
      // A file without a document says nothing, as an empty document does.
      documents: (values.length === 0 ? [null] : values).map((value, index) => ({
        value: value ?? null,
        placeOf: (keys) => places(index, keys),
      })),
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    const place = mark === undefined ? undefined : { line: mark.line + 1, column: mark.column + 1 };
    return wrong(yamlWords(reason), place);
  }
}

// Tags of an application (`!vault`), and those of YAML 1.1 (`!!timestamp`).
const unknownTags = ['!', 'tag:'].flatMap((prefix) => [
  defineScalarTag<string>(prefix, {
    matchByTagPrefix: true,
    resolve: (source) => source,
    identify: () => false,
  }),
  defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true, identify: () => false }),
  defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true, identify: () => false }),
]);

// Merge keys are none of YAML 1.2, and most programs that read YAML take them.
const schema = CORE_SCHEMA.withTags(mergeTag, unknownTags);
