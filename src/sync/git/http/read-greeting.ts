// The first answer of a Git server over HTTP -> its Greeting.
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
  const isNamed = textOf(first) === '# service=git-upload-pack';
  const lines = isNamed ? others : [first, ...others];
  const opening = lines[0] === undefined ? '' : textOf(lines[0]);
  if (opening.startsWith('ERR ')) {
    // The server's words are not repeated: they are a stranger's, and may repeat what was sent.
    throw new SourceError({
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} answered with an error of Git's protocol: look at the Git server's log`,
    });
  }
  // git's own server leaves the name of the service out here, others do not.
  if (opening === 'version 2') return { protocol: 'v2', capabilities: lines.slice(1).map(textOf) };
  if (!isNamed) throw noGit(shown, answer);
  const refs = opening === 'version 1' ? lines.slice(1) : lines;
  // An empty repository may have nothing to list but the name of the service.
  if (refs[0] !== undefined && !/^[0-9a-f]{40,64} /.test(textOf(refs[0]))) throw noGit(shown, answer);
  return { protocol: 'v0', lines: refs };
}

function textOf(line: Buffer): string {
  return line.toString('utf8').replace(/\n$/, '');
}
