// The whole check of a folder, schemas and all. A schema is a stranger's program: its regular expressions may never end,
// so this runs in a thread with a deadline.
import type { ContentError } from '../content-error.ts';
import type { FolderFile } from '../folder-file.ts';
import type { Steps } from '../select/match-part.ts';
import { compileSchema } from './compile-schema.ts';
import { globErrors, matcher, stepErrors } from './matcher.ts';
import type { Rules } from './rules.ts';
import { unapplied } from './unapplied.ts';
import { type CheckSchemas, namedFiles, validateFiles } from './validate-files.ts';

// Whoever mends the first ten of a file pushes again anyway.
const maxFindings = 10;

/** Never throws; may never end, or need more memory than there is. */
export function validate(
  files: readonly FolderFile[],
  rules: Rules,
  envOnly: readonly FolderFile[] = [],
): ContentError[] {
  const steps: Steps = { count: 0 };
  const compiled = rules.schemas.map(({ files: globs, schema }) => ({
    matches: matcher(globs, steps),
    compiled: compileSchema(schema),
  }));
  const unusable = compiled.flatMap(({ compiled: each }) => (each.kind === 'unusable' ? [each.error] : []));
  const checkSchemas: CheckSchemas = (path, documents) => {
    const wanted = compiled.filter(({ matches }) => matches(path));
    return wanted
      .flatMap(({ compiled: each }) => (each.kind === 'ok' ? documents.flatMap(each.check) : []))
      .slice(0, maxFindings);
  };
  const errors = validateFiles(files, rules, checkSchemas, envOnly);
  const unread = rules.schemas.flatMap(({ files: globs }) => globErrors('spec.validate.schemas', globs));
  const paths = namedFiles([...files, ...envOnly]).map(({ path }) => path);
  const idle = unapplied(paths, rules, steps);
  return [...unread, ...unusable, ...idle, ...errors, ...stepErrors(steps)];
}
