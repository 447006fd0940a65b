// What is wrong in a file, and the one refusal that many of them make: all errors of a commit are told at once.
import { comparePaths } from './content-hash.ts';
import { showPath } from './words.ts';

export type ContentError = {
  /** As Git has it, decoded; it is quoted and cut when it is shown. */
  readonly path: string;
  /** Both count from 1; a column counts UTF-16 units, as editors do, and is there only with a line. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong and what to do. Never a value out of the file: it may be a secret. */
  readonly message: string;
};

export type Invalid = {
  readonly kind: 'rejected';
  /** `UnsupportedFile` where all of them say that something cannot become a file of a Pod. */
  readonly reason: 'Invalid' | 'UnsupportedFile';
  /** The count, and the first errors, a line each. */
  readonly message: string;
  /** All of them, in order of path, line and column. At least one. */
  readonly errors: readonly ContentError[];
};

// Whoever mends the first ten pushes again anyway.
const maxShown = 10;
// Ten of them and their paths stay far below the 32 KiB that a condition's message may have.
const maxMessageCharacters = 1_000;

/** `errors` must not be empty. */
export function refuse(errors: readonly ContentError[], reason: Invalid['reason'] = 'Invalid'): Invalid {
  const sorted = errors.toSorted(
    (one, other) =>
      comparePaths(one.path, other.path) ||
      (one.line ?? 0) - (other.line ?? 0) ||
      (one.column ?? 0) - (other.column ?? 0),
  );
  const count = sorted.length === 1 ? '' : `${sorted.length} errors: `;
  const more = sorted.length - maxShown;
  const rest = more > 0 ? `\nand ${more} more` : '';
  const message = `${count}${sorted.slice(0, maxShown).map(showError).join('\n')}${rest}`;
  return { kind: 'rejected', reason, message, errors: sorted };
}

/** `app.yaml:3:5: what is wrong`, on one line. */
export function showError({ path, line, column, message }: ContentError): string {
  const place = [plainPath.test(path) ? path : showPath(path), line, column];
  const characters = [...message.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')];
  const cut = characters.length > maxMessageCharacters;
  const shown = cut ? `${characters.slice(0, maxMessageCharacters).join('')}...` : characters.join('');
  return `${place.filter((part) => part !== undefined).join(':')}: ${shown}`;
}

// Needs no quotes: an editor finds such a place by a click.
const plainPath = /^[\w./@+=-]{1,120}$/;
