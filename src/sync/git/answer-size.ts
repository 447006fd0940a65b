// How much of an answer is taken: a little at once, the rest in a turn, and never more than can be held.
import type { GitLimits } from './limits.ts';
import { tooLarge } from './too-large.ts';
import { AnswerTooLong } from './transport.ts';

// It holds what a server says before it begins to pack, and all of most config repositories; a thousand servers that fall
// silent in it cost less than one turn may.
export const freeBytes = 64 * 1024;

export type SizedAnswer = {
  /** What it is most of, for whoever has to make it shorter. */
  readonly what: 'refs' | 'pack';
  /** Its caller's own. */
  readonly byteLimit?: number | undefined;
};

/** Throws an AnswerTooLong beyond the caller's limit, and a SourceError beyond ours. */
export function checkAnswerSize(
  bytes: number,
  { what, byteLimit }: SizedAnswer,
  limits: Pick<GitLimits, 'answerBytes' | 'refsBytes'>,
  shown: string,
): void {
  const { answerBytes, refsBytes } = limits;
  if (byteLimit !== undefined && byteLimit < answerBytes && bytes > byteLimit) throw new AnswerTooLong();
  const most = what === 'refs' ? Math.min(answerBytes, refsBytes) : answerBytes;
  if (bytes > most) throw tooLarge(shown, most, what);
}
