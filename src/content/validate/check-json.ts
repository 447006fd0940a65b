// JSON (RFC 8259), and JSON with comments and trailing commas. A key that is there twice is refused: programs differ in
// which of the two they take.
import { type JSONVisitor, parse as parseWithComments, printParseErrorCode, visit } from 'jsonc-parser';
import { type Checked, type CheckedDocument, placeAt, wrong } from './checked.ts';
import { jsonPlaces } from './json-places.ts';
import { jsonWords } from './json-words.ts';

// The parser is recursive. Deeper than any config that a person reads, and far from the end of the stack.
const maxDepth = 200;

export function checkJson(text: string, comments: boolean): Checked {
  const deep = tooDeep(text);
  if (deep !== undefined)
    return wrong(`it nests more than ${maxDepth} levels deep; flatten it`, placeAt(text, deep));
  if (text.trim() === '')
    return wrong('it is empty; write {}, or the value that is meant', { line: 1, column: 1 });
  const problem = firstProblem(text, comments);
  if (problem !== undefined) return wrong(problem.message, placeAt(text, problem.offset));
  const value = read(text, comments);
  if (value === undefined) return wrong('it is no JSON; a JSON formatter shows where');
  const document: CheckedDocument = { value: value.value, placeOf: jsonPlaces(text) };
  return { kind: 'ok', documents: [document] };
}

type Problem = { readonly offset: number; readonly message: string };

function firstProblem(text: string, comments: boolean): Problem | undefined {
  const problems: Problem[] = [];
  const objects: Set<string>[] = [];
  const found = (offset: number, message: string): void => {
    if (problems.length === 0) problems.push({ offset, message });
  };
  const visitor: JSONVisitor = {
    onObjectBegin: () => {
      objects.push(new Set());
    },
    onObjectProperty: (name, offset) => {
      const keys = objects.at(-1);
      if (keys?.has(name)) found(offset, 'this key is in its object twice; keep one of the two');
      keys?.add(name);
    },
    onObjectEnd: () => {
      objects.pop();
    },
    onError: (code, offset) => found(offset, jsonWords(printParseErrorCode(code))),
  };
  visit(text, visitor, { disallowComments: !comments, allowTrailingComma: comments });
  return problems[0];
}

// The strict parser has the last word.
function read(text: string, comments: boolean): { readonly value: unknown } | undefined {
  if (comments) {
    const value: unknown = parseWithComments(text, [], { allowTrailingComma: true });
    return { value };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

// Brackets within texts and comments do not count; what is no JSON at all may count wrong, and is found afterwards.
function tooDeep(text: string): number | undefined {
  let depth = 0;
  const token = /"(?:[^"\\\n\r]|\\.)*"?|\/\/[^\n\r]*|[[{\]}]/g;
  for (const match of text.matchAll(token)) {
    const [first] = match[0];
    if (first === '[' || first === '{') depth += 1;
    else if (first === ']' || first === '}') depth -= 1;
    if (depth > maxDepth) return match.index;
  }
  return undefined;
}
