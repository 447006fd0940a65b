// The answer that is too long to be held in memory, in words.
import { showBytes } from '../../content/words.ts';
import { SourceError } from './source-error.ts';

export function tooLarge(shown: string, bytes: number, what: 'refs' | 'pack' = 'pack'): SourceError {
  const advice =
    what === 'refs'
      ? 'delete branches and tags that nobody needs, or use a Git server that speaks protocol version 2'
      : 'keep config in a repository that is smaller than that, all files of its newest commit together';
  return new SourceError({
    class: 'person',
    reason: 'TooLarge',
    message: `${shown} answered with more than ${showBytes(bytes)}: ${advice}`,
  });
}
