// Schemas that no file is compared with: a name that is mistyped would let everything pass, without a word.
import type { ContentError } from '../content-error.ts';
import type { Steps } from '../select/match-part.ts';
import { showPath } from '../words.ts';
import { fileTypeOf, isDescribable } from './file-types.ts';
import { globErrors, matcher, stepErrors } from './matcher.ts';
import type { Rules, SchemaRule } from './rules.ts';

/** Never throws. Globs that are not understood, or not compared to the end, are told of elsewhere. */
export function unapplied(
  paths: readonly string[],
  { skip, schemas }: Pick<Rules, 'skip' | 'schemas'>,
  steps: Steps,
): ContentError[] {
  // Whoever leaves out everything has switched schemas off.
  if (skip.includes('**')) return [];
  const isSkipped = matcher(skip, steps);
  return schemas.flatMap((rule) => {
    const matches = matcher(rule.files, steps);
    let message = noFile(rule);
    for (const path of paths) {
      if (!matches(path)) continue;
      if (!isDescribable(fileTypeOf(path))) message = otherType(rule, path);
      else if (isSkipped(path)) message = leftOut(rule, path);
      else return [];
    }
    if (stepErrors(steps).length > 0 || globErrors('', rule.files).length > 0) return [];
    return [{ path: 'spec.validate.schemas', message }];
  });
}

function noFile(rule: SchemaRule): string {
  return `${subject(rule)} is compared with no file: the folder has none of that name; correct files, or take the schema out until there is one`;
}

function otherType(rule: SchemaRule, path: string): string {
  return `${subject(rule)} is compared with no file: by its name ${showPath(path)} is no YAML, JSON or TOML, and a schema describes nothing else; name other files, or take the schema out`;
}

function leftOut(rule: SchemaRule, path: string): string {
  return `${subject(rule)} is compared with no file: ${showPath(path)} is left out by spec.validate.skip; correct skip, or take the schema out`;
}

function subject({ files, schema }: SchemaRule): string {
  const shown = files.slice(0, 3).map(showPath).join(', ');
  return `the schema ${schema.name} for ${shown}${files.length > 3 ? ' and others' : ''}`;
}
