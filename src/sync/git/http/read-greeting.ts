// The first answer of a Git server over HTTP -> its Greeting.
import { greetingOf, lineText, openingOf } from '../greeting.ts';
import { parsePktLines } from '../pkt-line.ts';
import { SourceError } from '../source-error.ts';
import type { Greeting } from '../transport.ts';
import { noGit } from './no-git.ts';

/** Throws a SourceError for anything else, or only a part of it. The type of the content is not asked for. */
export function readGreeting(
  answer: { readonly contentType: string; readonly body: Buffer },
  shown: string,
): Greeting {
  const [first, ...others] = parsePktLines(answer.body) ?? [];
  if (first === undefined) throw noGit(shown, answer);
  const isNamed = lineText(first) === '# service=git-upload-pack';
  const lines = isNamed ? others : [first, ...others];
  if (openingOf(lines).startsWith('ERR ')) {
    // The server's words are not repeated: they are a stranger's, and may repeat what was sent.
    throw new SourceError({
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} answered with an error of Git's protocol: look at the Git server's log`,
    });
  }
  const greeting = greetingOf(lines);
  // git's own server leaves the name of the service out before version 2, others do not.
  if (greeting === undefined || (greeting.protocol === 'v0' && !isNamed)) throw noGit(shown, answer);
  return greeting;
}
