// All that is wrong in the files of a folder, at once: syntax, what schemas say, files that must be there, and secrets
// that must not.
import type { ContentError } from '../content-error.ts';
import type { FolderFile } from '../folder-file.ts';
import { findSecrets } from '../secrets/find-secrets.ts';
import type { Steps } from '../select/match-part.ts';
import { checkSyntax } from './check-syntax.ts';
import type { CheckedDocument, Finding } from './checked.ts';
import { fileTypeOf } from './file-types.ts';
import { globErrors, matcher, stepErrors } from './matcher.ts';
import type { Rules } from './rules.ts';

/** What schemas have against a file; `documents` is undefined where it is of a type that none describes. */
export type CheckSchemas = (path: string, documents: readonly CheckedDocument[]) => readonly Finding[];

/**
 * Never throws. What cannot become a file of a Pod is not looked at: it is refused elsewhere. `envOnly` give variables, which
 * are published as much as files, but are no files that anybody could require.
 */
export function validateFiles(
  files: readonly FolderFile[],
  rules: Pick<Rules, 'skip' | 'required' | 'allowSecrets'>,
  checkSchemas: CheckSchemas,
  envOnly: readonly FolderFile[] = [],
): ContentError[] {
  const published = namedFiles(files);
  const named = [...published, ...namedFiles(envOnly)];
  const steps: Steps = { count: 0 };
  const isSkipped = matcher(rules.skip, steps);
  const errors = [
    ...globErrors('spec.validate.skip', rules.skip),
    ...globErrors('spec.validate.required', rules.required),
    ...globErrors('spec.likelySecrets.allow', rules.allowSecrets ?? []),
  ];
  for (const { path, bytes } of named) {
    const type = fileTypeOf(path);
    if (type === undefined || isSkipped(path)) continue;
    const checked = checkSyntax(bytes, type);
    const findings = checked.kind === 'wrong' ? [checked.finding] : checkSchemas(path, checked.documents);
    errors.push(...findings.map((finding) => ({ path, ...finding })));
  }
  const paths = published.map(({ path }) => path);
  return [
    ...errors,
    ...missing(paths, rules.required, steps),
    ...stepErrors(steps),
    ...findSecrets(named, rules.allowSecrets ?? []),
  ];
}

export function namedFiles(
  files: readonly FolderFile[],
): { readonly path: string; readonly bytes: Uint8Array }[] {
  return files
    .filter(({ kind }) => kind === 'file' || kind === 'executable')
    .map(({ path, bytes }) => ({ path: new TextDecoder().decode(path), bytes }));
}

function missing(paths: readonly string[], required: readonly string[], steps: Steps): ContentError[] {
  const message =
    'no such file would be published, and spec.validate.required asks for it; push it, select it, or take it out of the spec';
  return required
    .filter((glob) => !paths.includes(glob) && !paths.some(matcher([glob], steps)))
    .filter((glob) => globErrors('', [glob]).length === 0)
    .map((path) => ({ path, message }));
}
