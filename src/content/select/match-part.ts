// Compares one part of a path with one part of a glob. Where it does not fit, only the last `*` is tried again: the time
// is at most the one length times the other, which no regular expression with several `*` promises.
import type { GlobPart, Token } from './glob-part.ts';

/** Shared by all comparisons of one folder, so that their sum has a bound. */
export type Steps = { count: number };

/** Any `**` matches. */
export function matchPart(part: GlobPart, name: string, steps: Steps): boolean {
  if (part === '**') return true;
  return part.some((tokens) => matchTokens(tokens, name, steps));
}

function matchTokens(tokens: readonly Token[], name: string, steps: Steps): boolean {
  let at = 0;
  let token = 0;
  let again: { readonly token: number; at: number } | undefined;
  for (;;) {
    steps.count += 1;
    const wanted = tokens[token];
    if (wanted === undefined && at === name.length) return true;
    if (wanted?.kind === 'any') {
      token += 1;
      again = { token, at };
      continue;
    }
    const length = wanted === undefined ? 0 : matched(wanted, name, at);
    if (length > 0) {
      token += 1;
      at += length;
    } else if (again !== undefined && again.at < name.length) {
      again.at += characterAt(name, again.at).length;
      at = again.at;
      token = again.token;
    } else return false;
  }
}

/** How many units of the name the token takes. */
function matched(token: Exclude<Token, { kind: 'any' }>, name: string, at: number): number {
  const character = characterAt(name, at);
  switch (token.kind) {
    case 'one':
      return character.length;
    case 'character':
      return character === token.character ? character.length : 0;
    case 'class': {
      if (character === '') return 0;
      const code = character.codePointAt(0) ?? 0;
      const isIn = token.ranges.some(([first, last]) => first <= code && code <= last);
      return isIn === token.negated ? 0 : character.length;
    }
  }
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
