// PURE: the lines that git-upload-pack says first, whatever carried them -> its Greeting.
import type { Greeting } from './transport.ts';

/** Undefined for lines that are no greeting. */
export function greetingOf(lines: readonly Buffer[]): Greeting | undefined {
  const opening = openingOf(lines);
  if (opening === 'version 2') return { protocol: 'v2', capabilities: lines.slice(1).map(lineText) };
  const refs = opening === 'version 1' ? lines.slice(1) : lines;
  // An empty repository may have nothing to list.
  if (refs[0] !== undefined && !/^[0-9a-f]{40,64} /.test(lineText(refs[0]))) return undefined;
  return { protocol: 'v0', lines: refs };
}

/** Empty where there is no line. */
export function openingOf(lines: readonly Buffer[]): string {
  return lines[0] === undefined ? '' : lineText(lines[0]);
}

export function lineText(line: Buffer): string {
  return line.toString('utf8').replace(/\n$/, '');
}
