// `spec.source.ref` as it is used: what the API server cannot check is refused here, in words.
import { validRange } from 'semver';
import { parseReference, type Reference, type RefSpec } from '../api/reference.ts';
import type { SourceFailure } from './source.ts';

export function readReference(
  ref: RefSpec,
): { readonly kind: 'ok'; readonly reference: Reference } | SourceFailure {
  const reference = parseReference(ref);
  if (reference === undefined) {
    return invalid(
      'spec.source.ref must hold exactly one of branch, tag, semver and commit, a commit with all its 40 hex digits',
    );
  }
  if (reference.kind === 'semver' && validRange(reference.range) === null) {
    return invalid('spec.source.ref.semver is no range of versions: write one such as 1.x, ^1.4 or >=1.2 <2');
  }
  return { kind: 'ok', reference };
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'InvalidSource', message };
}
