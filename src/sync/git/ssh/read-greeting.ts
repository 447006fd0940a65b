// What git-upload-pack says first, over SSH -> its Greeting.
import { pktLinesOf } from '../pkt-line.ts';
import { SourceError } from '../source-error.ts';
import type { Greeting } from '../transport.ts';
import { noGit } from './answer.ts';
import { endedEarly } from './ended-early.ts';

/** Throws a SourceError for anything else. */
export function readGreeting(answer: Buffer, shown: string): Greeting {
  const lines = [...pktLinesOf(answer)];
  const opening = lines[0] === undefined ? '' : textOf(lines[0]);
  if (opening.startsWith('ERR ')) {
    throw new SourceError(endedEarly(shown, { exitCode: undefined, said: opening }));
  }
  if (opening === 'version 2') return { protocol: 'v2', capabilities: lines.slice(1).map(textOf) };
  const refs = opening === 'version 1' ? lines.slice(1) : lines;
  // An empty repository may have nothing to list.
  if (refs[0] !== undefined && !/^[0-9a-f]{40,64} /.test(textOf(refs[0]))) throw noGit(shown);
  return { protocol: 'v0', lines: refs };
}

function textOf(line: Buffer): string {
  return line.toString('utf8').replace(/\n$/, '');
}
