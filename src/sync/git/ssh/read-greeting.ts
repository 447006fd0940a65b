// What git-upload-pack says first, over SSH -> its Greeting.
import { greetingOf, openingOf } from '../greeting.ts';
import { pktLinesOf } from '../pkt-line.ts';
import { SourceError } from '../source-error.ts';
import type { Greeting } from '../transport.ts';
import { noGit } from './answer.ts';
import { endedEarly } from './ended-early.ts';

/** Throws a SourceError for anything else. */
export function readGreeting(answer: Buffer, shown: string): Greeting {
  const lines = [...pktLinesOf(answer)];
  const opening = openingOf(lines);
  if (opening.startsWith('ERR ')) {
    throw new SourceError(endedEarly(shown, { exitCode: undefined, said: opening }));
  }
  const greeting = greetingOf(lines);
  if (greeting === undefined) throw noGit(shown);
  return greeting;
}
