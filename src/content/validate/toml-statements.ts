// The statements of a TOML text that a parser has taken: each with its head, which is what names a table or a key.

export type Statement = {
  readonly start: number;
  /** `[table]`, `[[table]]`, or what stands before `=`. */
  readonly head: string;
};

/** A statement ends with its line, unless a bracket or a quote of its value is open. Linear. */
export function* statements(text: string): Generator<Statement> {
  let at = 0;
  for (;;) {
    at = behindBlanks(text, at);
    if (at >= text.length) return;
    const start = at;
    const isTable = text[at] === '[';
    let headEnd: number | undefined;
    let depth = 0;
    for (; at < text.length && !(text[at] === '\n' && depth === 0); at = behindToken(text, at)) {
      const character = text[at];
      if (character === '[' || character === '{') depth += 1;
      if (character === ']' || character === '}') depth -= 1;
      if (isTable ? character === ']' && depth === 0 : character === '=') headEnd ??= isTable ? at + 1 : at;
    }
    yield { start, head: text.slice(start, headEnd) };
  }
}

function behindBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[\s#]/.test(text[at] ?? ''))
    at = text[at] === '#' ? endOfLine(text, at) : at + 1;
  return at;
}

// A text or a comment as a whole, else one character.
function behindToken(text: string, at: number): number {
  const character = text[at];
  if (character === '#') return endOfLine(text, at);
  if (character !== '"' && character !== "'") return at + 1;
  const triple = character.repeat(3);
  if (!text.startsWith(triple, at)) return behindQuote(text, at + 1, character);
  let end = behindQuote(text, at + 3, triple);
  // One or two quotes may stand right before the three that end it.
  for (let more = 0; more < 2 && text[end] === character; more += 1) end += 1;
  return end;
}

function behindQuote(text: string, start: number, quote: string): number {
  let at = start;
  while (at < text.length && !text.startsWith(quote, at)) {
    at += text[at] === '\\' && quote.startsWith('"') ? 2 : 1;
  }
  return at + quote.length;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
