// Which files of the layers of a commit become config, by their names alone: nothing has to be read of the others.
import type { ContentError } from '../content-error.ts';
import { refuse } from '../content-error.ts';
import type { FolderFile, Rejected } from '../folder-file.ts';
import { showPath } from '../words.ts';
import { type Glob, parseGlob } from './glob.ts';
import { ignoreFileName, parseIgnoreFile } from './ignore-file.ts';
import type { Steps } from './match-part.ts';
import { mergeLayers } from './merge-layers.ts';
import type { Selection } from './selection.ts';

export type Layer<Entry> = {
  /** Where it is in the repository. */
  readonly path: string;
  readonly entries: readonly Entry[];
  /** Of its `.confrollignore`; undefined where there is none. */
  readonly ignore: Uint8Array | undefined;
};

type Named = Pick<FolderFile, 'path' | 'kind'>;

export type Selected<Entry> =
  | {
      readonly kind: 'ok';
      readonly files: readonly Entry[];
      /** Those of `also` that are not among the files. */
      readonly others: readonly Entry[];
    }
  | Rejected;

/** Never throws. */
export function selectFiles<Entry extends Named>(
  layers: readonly Layer<Entry>[],
  selection: Selection,
): Selected<Entry> {
  const rules = parseRules(layers, selection);
  if (rules.kind === 'rejected') return rules;
  const wanted: Entry[][] = [];
  for (const [index, { entries }] of layers.entries()) {
    const isWanted = rules.layers[index] ?? (() => true);
    const some: Entry[] = [];
    for (const entry of entries) {
      if (isWanted(entry)) some.push(entry);
      if (rules.steps.count > maxSteps) return tooManySteps;
    }
    wanted.push(some);
  }
  const files = mergeLayers(wanted);
  const selected = new Set<Entry>(files);
  const others = selection.also.flatMap((path) => {
    const entry = lastAt(layers, path);
    return entry === undefined || selected.has(entry) ? [] : [entry];
  });
  return { kind: 'ok', files, others };
}

/**
 * Whether all that a submodule holds would be left out by `exclude` or the layer's ignore file, so that it need not be
 * followed. Where the globs are not understood it is not: `selectFiles` refuses them.
 */
export function leavesOut(layer: Layer<Named>, selection: Selection, path: Uint8Array): boolean {
  const rules = parseRules([layer], { ...selection, include: [] });
  return rules.kind === 'ok' && rules.layers[0]?.({ path, kind: 'submodule' }) === false;
}

// About half a second of comparing. A folder of 20 000 files and ten globs needs a tenth of it.
const maxSteps = 20_000_000;
const tooManySteps: Rejected = {
  kind: 'rejected',
  reason: 'TooLarge',
  message: `comparing the names of the folder with the globs takes too long: write fewer or simpler ones into spec.include, spec.exclude and ${ignoreFileName}, or let spec.path lead to a smaller folder`,
};

type Rules = {
  readonly kind: 'ok';
  readonly steps: Steps;
  /** By layer. */
  readonly layers: readonly ((entry: Named) => boolean)[];
};

function parseRules(
  layers: readonly Layer<unknown>[],
  { include, exclude, ignoreFiles }: Selection,
): Rules | Rejected {
  const errors: ContentError[] = [];
  const steps: Steps = { count: 0 };
  const included = parseGlobs('spec.include', include, errors);
  const excluded = parseGlobs('spec.exclude', exclude, errors);
  const predicates = layers.map(({ path, ignore }) => {
    const parsed =
      ignore === undefined
        ? undefined
        : parseIgnoreFile(path === '' ? ignoreFileName : `${path}/${ignoreFileName}`, ignore);
    if (parsed?.kind === 'invalid') errors.push(...parsed.errors);
    const left = [...excluded, ...(parsed?.kind === 'ok' ? parsed.globs : [])];
    return (entry: Named): boolean => {
      const text = decoder.decode(entry.path);
      if (ignoreFiles && text === ignoreFileName) return false;
      const parts = text.split('/');
      // Of a submodule that is not followed nothing is known but the name of its folder.
      const isHit = (glob: Glob): boolean =>
        glob.matches(parts, steps) || (entry.kind === 'submodule' && glob.covers(parts, steps));
      return (included.length === 0 || included.some(isHit)) && !left.some(isHit);
    };
  });
  return errors.length === 0 ? { kind: 'ok', steps, layers: predicates } : refuse(errors);
}

// What is no UTF-8 can still be left out.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function parseGlobs(field: string, globs: readonly string[], errors: ContentError[]): Glob[] {
  return globs.flatMap((text) => {
    const parsed = parseGlob(text);
    if (parsed.kind === 'ok') return [parsed.glob];
    errors.push({ path: field, message: `glob ${showPath(text)} ${parsed.why}` });
    return [];
  });
}

function lastAt<Entry extends Named>(layers: readonly Layer<Entry>[], path: string): Entry | undefined {
  const wanted = Buffer.from(path, 'utf8');
  return layers
    .toReversed()
    .flatMap(({ entries }) => entries.filter((entry) => wanted.equals(entry.path)))
    .at(0);
}

/** Why a selection is empty although the layers are not; undefined when they are. */
export function nothingLeft(layers: readonly Layer<unknown>[]): Rejected | undefined {
  const count = layers.reduce(
    (sum, { entries, ignore }) => sum + entries.length - (ignore === undefined ? 0 : 1),
    0,
  );
  if (count === 0) return undefined;
  return {
    kind: 'rejected',
    reason: 'PathEmpty',
    message: `none of the ${count} files is left: spec.include, spec.exclude and ${ignoreFileName} leave all of them out; correct them, or push the files`,
  };
}
