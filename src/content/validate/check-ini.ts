// INI: programs disagree about nearly all of it, so only what none of them takes is wrong. No library does this: those
// that read INI take every text, and say no lines.
import { type Checked, plainText, wrong } from './checked.ts';

export function checkIni(text: string): Checked {
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const problem = problemOf(line);
    if (problem !== undefined) {
      return wrong(problem, { line: index + 1, column: line.length - line.trimStart().length + 1 });
    }
  }
  return plainText;
}

function problemOf(line: string): string | undefined {
  const trimmed = line.trim();
  if (trimmed.includes('\0')) return 'it holds a zero byte; save it as UTF-8 text';
  // Further lines of a value are indented.
  if (line !== line.trimStart()) return undefined;
  if (trimmed.startsWith('=')) return "a key is missing before '='; write it as key = value";
  if (trimmed.startsWith('[') && !trimmed.includes(']')) return 'a section is not closed; write [name]';
  return undefined;
}
