// Reads one answer of a command: every wait has a deadline, and the whole a size.
import type { Admit } from '../../turns.ts';
import { checkAnswerSize, freeBytes, type SizedAnswer } from '../answer-size.ts';
import type { GitLimits } from '../limits.ts';
import { pausableDeadline } from '../pausable-deadline.ts';
import { type Expired, startPhaseClock } from '../phase-clock.ts';
import { pktLinesOf } from '../pkt-line.ts';
import { SourceError } from '../source-error.ts';
import { overallTimeout, phaseTimeout } from '../timeout.ts';
import type { OnBytes } from '../transport.ts';
import type { Command } from './command.ts';
import { endedEarly } from './ended-early.ts';
import { findPktEnd } from './pkt-end.ts';

export type Reading = {
  readonly limits: GitLimits;
  /** Address for messages. */
  readonly shown: string;
  readonly onBytes: (bytes: number) => void;
  /** The connection has ended. */
  readonly isLost: () => boolean;
};

export type Wanted = SizedAnswer & {
  /** `flush`: the command goes on behind it. `end`: the answer is the last one. */
  readonly until: 'flush' | 'end';
  readonly admit?: Admit | undefined;
  readonly onBytes?: OnBytes | undefined;
};

/** The connection went away before the first byte: another one may do. */
export class LostEarly extends Error {
  override readonly name = 'LostEarly';
}

export type Clock = {
  readonly signal: AbortSignal;
  enter(phase: 'head' | 'body'): void;
  received(bytes: number): void;
  paused(wait: (signal: AbortSignal) => Promise<void>): Promise<void>;
};

/** Runs `work` under the deadlines of one exchange; what they cut off rejects with a SourceError. */
export async function underDeadlines<T>(
  { limits, shown }: Pick<Reading, 'limits' | 'shown'>,
  signal: AbortSignal,
  work: (clock: Clock) => Promise<T>,
): Promise<T> {
  using deadline = pausableDeadline(signal, limits.overallMilliseconds);
  const late = new AbortController();
  using phases = startPhaseClock(limits, () => late.abort(new Error('the time is up')));
  const both = AbortSignal.any([deadline.signal, late.signal]);
  try {
    return await work({
      signal: both,
      enter: phases.enter,
      received: phases.received,
      paused: (wait) => phases.paused(() => deadline.paused(() => wait(signal))),
    });
  } catch (error) {
    signal.throwIfAborted();
    const expired: Expired | undefined = phases.expired();
    if (expired !== undefined) {
      const course = { isReused: true, phase: phases.phase(), expired };
      throw phaseTimeout(course, { shown, route: { kind: 'direct' }, limits });
    }
    if (deadline.expired()) throw overallTimeout(shown, limits);
    throw error;
  }
}

export async function readAnswer(
  command: Command,
  wanted: Wanted,
  { limits, shown, onBytes, isLost }: Reading,
  clock: Clock,
): Promise<Buffer> {
  const end = findPktEnd();
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isAdmitted = wanted.admit === undefined;
  clock.enter('head');
  for (;;) {
    const piece = await command.next(clock.signal);
    if (piece === undefined) break;
    if (bytes === 0) clock.enter('body');
    bytes += piece.length;
    clock.received(piece.length);
    onBytes(piece.length);
    wanted.onBytes?.(bytes, piece);
    checkAnswerSize(bytes, wanted, limits, shown);
    pieces.push(piece);
    if (wanted.until === 'flush') {
      const found = end.feed(piece);
      if (found === piece.length) return Buffer.concat(pieces, bytes);
      if (found !== 'more') throw noGit(shown);
    }
    if (bytes > freeBytes && !isAdmitted) {
      await clock.paused(async (signal) => wanted.admit?.(signal));
      isAdmitted = true;
      // From here on it is the server again who is waited for, also when nothing comes any more.
      wanted.onBytes?.(bytes);
    }
  }
  const ending = await command.ending(clock.signal);
  if (isLost() && ending.exitCode === undefined) throw bytes === 0 ? new LostEarly() : cut(shown);
  const body = Buffer.concat(pieces, bytes);
  const isWhole = wanted.until === 'end' && bytes > 0 && (ending.exitCode ?? 0) === 0;
  // Whoever asked knows better what an error of Git's protocol means here.
  if (isWhole || endsWithError(body)) return body;
  throw new SourceError(endedEarly(shown, ending));
}

// `ERR`, or the third side band.
function endsWithError(body: Buffer): boolean {
  let last = '';
  for (const line of pktLinesOf(body)) last = line.toString('latin1', 0, 4);
  return last === 'ERR ' || last.startsWith('\x03');
}

function cut(shown: string): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'Unreachable',
    message: `${shown} cannot be reached: the connection was cut before the answer was whole; it is asked again by itself`,
  });
}

export function noGit(shown: string): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'ServerError',
    message: `${shown} answered something that is not Git's protocol: check spec.source.url, and that logging in at the server writes nothing`,
  });
}
