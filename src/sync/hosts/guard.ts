// A Source that asks its host only when the host is to be asked: in its turn, not while it is taken for down, and not
// before the time that it has asked for.
import type { Clock } from '../../lib/clock.ts';
import { runWithDeadline } from '../../lib/deadline.ts';
import type { Folder, Progress, Resolved, Source, SourceFailure } from '../source.ts';
import type { Admit } from '../turns.ts';
import { askedToWait, hostUnavailable, noTurn } from './failures.ts';
import type { Host } from './host.ts';
import type { Seat } from './seats.ts';
import { verdictOf } from './verdict.ts';

export function guardSource(
  source: Source,
  deps: {
    readonly host: Host;
    readonly credentialKey: string;
    readonly clock: Clock;
    readonly leave: () => void;
  },
): Source {
  const { host, credentialKey, clock } = deps;
  const { circuit, quiet, seats } = host;
  const member = Symbol(host.name);
  let isClosed = false;
  /** The last words about this repository that spoke of the host. */
  let own: string | undefined;
  circuit.join(member);

  const refusal = (patience: number): SourceFailure | undefined => {
    const asked = quiet.of(credentialKey);
    if (asked !== undefined) {
      const retryAfterMilliseconds = asked.until - clock.monotonic();
      if (asked.member === member) return { ...asked.failure, retryAfterMilliseconds };
      return askedToWait(host.name, asked, retryAfterMilliseconds);
    }
    const blocked = circuit.blocked(patience);
    if (blocked === undefined) return undefined;
    return hostUnavailable(host.name, blocked.outage, blocked.waitMilliseconds, own);
  };

  const ask = async <T extends Resolved | Folder>(
    patience: number,
    work: () => Promise<T>,
  ): Promise<T | SourceFailure> => {
    const answer = await circuit.run(member, work);
    quiet.heed(credentialKey, member, answer);
    const isDown = answer.kind === 'failed' && verdictOf(answer) === 'down';
    own = isDown ? answer.message : undefined;
    const outage = circuit.outage();
    // What the host has asked for goes before what we guess.
    if (!isDown || outage === undefined || answer.retryAfterMilliseconds !== undefined) return answer;
    return hostUnavailable(host.name, outage, circuit.wait(patience), own);
  };

  const seatWithin = async (
    signal: AbortSignal,
    milliseconds: number | undefined,
  ): Promise<Seat | undefined> => {
    if (milliseconds === undefined) return await seats.take(signal);
    const tooLate = new Error('no turn');
    const timeoutReason = (): Error => tooLate;
    try {
      return await runWithDeadline({ clock, signal, milliseconds, timeoutReason }, seats.take);
    } catch (error) {
      if (error === tooLate) return undefined;
      throw error;
    }
  };

  return {
    async resolve(references, signal, withinMilliseconds) {
      const patience = withinMilliseconds ?? Number.POSITIVE_INFINITY;
      const refused = refusal(patience);
      if (refused !== undefined) return refused;
      const askedAt = clock.monotonic();
      const seat = await seatWithin(signal, withinMilliseconds);
      if (seat === undefined) return noTurn(host.name, patience);
      try {
        // The others may have found out meanwhile.
        const late = refusal(patience);
        if (late !== undefined) return late;
        const left =
          withinMilliseconds === undefined
            ? undefined
            : rest(withinMilliseconds, clock.monotonic() - askedAt);
        return await ask(patience, () => source.resolve(references, signal, left));
      } finally {
        seat.giveBack();
      }
    },
    async read(request, signal) {
      const patience = request.withinMilliseconds ?? Number.POSITIVE_INFINITY;
      const refused = refusal(patience);
      if (refused !== undefined) return refused;
      const seat = await seats.take(signal);
      try {
        const late = refusal(patience);
        if (late !== undefined) return late;
        const watched = {
          ...request,
          ...(request.admit === undefined ? {} : { admit: standAside(seat, request.admit) }),
          onProgress: (progress: Progress) => {
            seat.heard();
            request.onProgress?.(progress);
          },
        };
        return await ask(patience, () => source.read(watched, signal));
      } finally {
        seat.giveBack();
      }
    },
    close() {
      source.close();
      if (isClosed) return;
      isClosed = true;
      circuit.leave(member);
      deps.leave();
    },
  };
}

// Who waits for memory does not keep the host from anybody.
function standAside(seat: Seat, admit: Admit): Admit {
  return async (signal) => {
    seat.pause();
    await admit(signal);
    seat.heard();
  };
}

// In whole seconds, so that a failure which names it says the same each time.
function rest(milliseconds: number, waited: number): number {
  return Math.min(milliseconds, Math.max(1, Math.ceil((milliseconds - waited) / 1000)) * 1000);
}
