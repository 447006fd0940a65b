// Prints what the demo does as a person would have typed it, and what came back.
import { stdout } from 'node:process';

export type Narrator = {
  heading(text: string): void;
  say(text: string): void;
  command(line: string): void;
  output(text: string): void;
};

export function createNarrator(write: (text: string) => void = (text) => void stdout.write(text)): Narrator {
  const bold = (text: string): string => (stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
  return {
    heading: (text) => write(`\n${bold(`== ${text}`)}\n`),
    say: (text) => write(`${text}\n`),
    command: (line) => write(`\n${bold(`$ ${line}`)}\n`),
    output: (text) => write(text === '' ? '' : `${text.trimEnd().replaceAll(/^/gm, '  ')}\n`),
  };
}
