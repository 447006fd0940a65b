// `.confrollignore` of a layer: lines as in `.gitignore`, each told in globs.
import type { ContentError } from '../content-error.ts';
import { type Glob, parseGlob } from './glob.ts';

export const ignoreFileName = '.confrollignore';

// Some hundred lines; each is compared with each path.
const maxBytes = 16 * 1024;

export type ParsedIgnoreFile =
  | { readonly kind: 'ok'; readonly globs: readonly Glob[] }
  | { readonly kind: 'invalid'; readonly errors: readonly ContentError[] };

/** `path`: where it is in the repository, for messages. Never throws. */
export function parseIgnoreFile(path: string, bytes: Uint8Array): ParsedIgnoreFile {
  if (bytes.length > maxBytes) {
    return invalid([
      { path, message: `it has more than ${maxBytes / 1024} KiB; write fewer lines, with globs` },
    ]);
  }
  const text = decode(bytes);
  if (text === undefined) return invalid([{ path, message: 'it is not UTF-8; save it as that' }]);
  const globs: Glob[] = [];
  const errors: ContentError[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    for (const glob of globsOf(line)) {
      const parsed = parseGlob(glob);
      if (parsed.kind === 'ok') globs.push(parsed.glob);
      else {
        errors.push({ path, line: index + 1, message: `the line ${parsed.why}` });
        break;
      }
    }
  }
  return errors.length === 0 ? { kind: 'ok', globs } : invalid(errors);
}

// A name without `/` is meant at any depth, and a folder with all that it holds.
function globsOf(line: string): string[] {
  const text = withoutBlanks(line.endsWith('\r') ? line.slice(0, -1) : line);
  if (text === '' || text.startsWith('#')) return [];
  // Let the glob say that there is no negation.
  if (text.startsWith('!')) return [text];
  const inner = text.endsWith('/') ? text.slice(0, -1) : text;
  const isAnchored = inner.includes('/');
  const anchored = inner.startsWith('/') ? inner.slice(1) : inner;
  const glob = isAnchored ? anchored : `**/${anchored}`;
  return text.endsWith('/') ? [`${glob}/**`] : [glob, `${glob}/**`];
}

// At the end, save one behind a backslash.
function withoutBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t') && line[end - 2] !== '\\') end -= 1;
  return line.slice(0, end);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function invalid(errors: readonly ContentError[]): ParsedIgnoreFile {
  return { kind: 'invalid', errors };
}
