// One part of a glob, between slashes, as tokens: `*`, `?`, `[...]`, `{...,...}`, `\` before a character, and `**` alone.

export type Token =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'character'; readonly character: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** Any number of parts, or the alternatives that braces make. */
export type GlobPart = '**' | readonly (readonly Token[])[];

export type ParsedPart =
  | { readonly kind: 'ok'; readonly part: GlobPart }
  | { readonly kind: 'invalid'; readonly why: string };

// `{a,b}{c,d}...` doubles with each pair; nobody writes so many by hand.
const maxAlternatives = 32;

export function parsePart(text: string): ParsedPart {
  if (text === '**') return { kind: 'ok', part: '**' };
  const characters = [...text];
  let alternatives: Token[][] = [[]];
  for (let at = 0; at < characters.length; at += 1) {
    const read = readAt(characters, at);
    if (typeof read === 'string') return { kind: 'invalid', why: read };
    const { choices } = read;
    if (alternatives.length * choices.length > maxAlternatives) {
      return { kind: 'invalid', why: `has braces that stand for more than ${maxAlternatives} names` };
    }
    alternatives = alternatives.flatMap((tokens) => choices.map((choice) => [...tokens, ...choice]));
    at = read.end;
  }
  return { kind: 'ok', part: alternatives };
}

/** What one piece may stand for, and where it ends; or what is wrong. */
type Piece = { readonly choices: readonly (readonly Token[])[]; readonly end: number };

function readAt(characters: readonly string[], at: number): Piece | string {
  switch (characters[at]) {
    case '*':
      return characters[at + 1] === '*'
        ? "has '**' beside other characters: it stands alone between slashes, as in **/*.yaml"
        : { choices: [[{ kind: 'any' }]], end: at };
    case '?':
      return { choices: [[{ kind: 'one' }]], end: at };
    case '[':
      return readClass(characters, at);
    case '{':
      return readBraces(characters, at);
    case ']':
    case '}':
      return `has a '${characters[at]}' without its beginning: write \\${characters[at]} for the character`;
    case '(':
    case ')':
    case '|':
      return `has a '${characters[at]}', which means something else in other programs: write \\${characters[at]} for the character`;
    default: {
      const literal = readCharacter(characters, at);
      return typeof literal === 'string' ? literal : { choices: [[literal.token]], end: literal.end };
    }
  }
}

function readCharacter(characters: readonly string[], at: number): { token: Token; end: number } | string {
  const character = characters[at] ?? '';
  if (/\p{Cc}/u.test(character)) return 'has a control character';
  if (character !== '\\') return { token: { kind: 'character', character }, end: at };
  const escaped = characters[at + 1];
  if (escaped === undefined) return "ends with '\\', or has it before '/'";
  return { token: { kind: 'character', character: escaped }, end: at + 1 };
}

function readClass(characters: readonly string[], start: number): Piece | string {
  const unclosed = "has a '[' that is never closed: write \\[ for the character";
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^';
  const ranges: (readonly [number, number])[] = [];
  let at = start + (negated ? 2 : 1);
  for (; characters[at] !== ']'; at += 1) {
    if (at >= characters.length) return unclosed;
    if (characters[at] === '[') return "has a '[' within brackets: write \\[ for the character";
    const first = readCharacter(characters, at);
    if (typeof first === 'string') return first;
    at = first.end;
    const from = codeOf(first.token);
    if (characters[at + 1] !== '-' || characters[at + 2] === ']') {
      ranges.push([from, from]);
      continue;
    }
    if (characters[at + 2] === undefined) return unclosed;
    const last = readCharacter(characters, at + 2);
    if (typeof last === 'string') return last;
    const to = codeOf(last.token);
    if (to < from) return 'has a range that goes backwards in its brackets';
    ranges.push([from, to]);
    at = last.end;
  }
  if (ranges.length === 0) return 'has empty brackets: write \\[ for the character';
  return { choices: [[{ kind: 'class', negated, ranges }]], end: at };
}

function codeOf(token: Token): number {
  return token.kind === 'character' ? (token.character.codePointAt(0) ?? 0) : 0;
}

function readBraces(characters: readonly string[], start: number): Piece | string {
  const choices: Token[][] = [[]];
  for (let at = start + 1; at < characters.length; at += 1) {
    const character = characters[at];
    if (character === '}') {
      return choices.length === 1
        ? "has braces without a ',': write \\{ and \\} for the characters"
        : { choices, end: at };
    }
    if (character === '{') return 'has braces within braces: write them one after the other';
    if (character === ',') {
      choices.push([]);
      continue;
    }
    const read = readAt(characters, at);
    if (typeof read === 'string') return read;
    choices.at(-1)?.push(...(read.choices[0] ?? []));
    at = read.end;
  }
  return "has a '{' that is never closed (it holds no '/'): write \\{ for the character";
}
