// The circuit of one host. Closed: all may ask it. Open: nobody does, until one of them may try again; half-open: that one
// is on its way. cockatiel keeps the state; our clock says when to try, since cockatiel's is the wall clock, and one that
// is set back would keep a circuit open for as long as that.
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Folder, Resolved, SourceFailure } from '../source.ts';
import { createRow, type Member } from './row.ts';
import { verdictOf } from './verdict.ts';

export type CircuitEvent =
  | { readonly kind: 'opened'; readonly outage: Outage; readonly waitMilliseconds: number }
  /** The host was tried, and is still down. */
  | { readonly kind: 'stillOpen'; readonly outage: Outage; readonly waitMilliseconds: number }
  | { readonly kind: 'halfOpened' }
  | { readonly kind: 'closed'; readonly outage: Outage | undefined };

/** As it was when the circuit opened: a status that names it does not change while the outage lasts. */
export type Outage = {
  readonly failures: number;
  readonly repositories: number;
  readonly reason: SourceFailure['reason'];
  /** Of the first failure, in milliseconds since 1970. */
  readonly since: number;
};

export type Circuit = {
  join(member: Member): void;
  leave(member: Member): void;
  /** Undefined: go ahead. `patience`: how long this one would wait at most. */
  blocked(patience: number): Blocked | undefined;
  /** To be called only when nothing blocks. */
  run<T extends Resolved | Folder>(member: Member, work: () => Promise<T>): Promise<T>;
  /** While it is not closed. */
  outage(): Outage | undefined;
  /** Milliseconds until somebody may try; 0 while nothing blocks. */
  wait(patience: number): number;
  state(): 'closed' | 'open' | 'halfOpen';
};

export type Blocked = { readonly outage: Outage; readonly waitMilliseconds: number };

// One small request each 8 to 15 s at the most, from all repositories of a host together, is nothing to a host that is
// coming back, and whoever asks for a look by hand has an answer that is no older.
const retry = { initialMilliseconds: 2_000, maxMilliseconds: 15_000 };
// As long as a connection may take: who waits longer for an answer waits for its repository, and others may try.
const probeMilliseconds = 10_000;
// While somebody is trying, the others come back soon.
const probingMilliseconds = 1_000;

export function createCircuit(clock: Clock, onEvent: (event: CircuitEvent) => void): Circuit {
  const row = createRow();
  const backoff = createBackoff(retry, clock);
  let outage: Outage | undefined;
  let triedAt = 0;
  let openUntil = 0;

  const breaker = circuitBreaker(
    handleWhenResult((result) => result !== 'up'),
    {
      // Its own wait is always over: `openUntil` decides.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      // It is told of a failure when the row of them says that it is the host's.
      breaker: new ConsecutiveBreaker(1),
    },
  );
  breaker.onBreak(() => {
    const waitMilliseconds = backoff.next();
    const before = outage;
    triedAt = clock.monotonic();
    openUntil = triedAt + waitMilliseconds;
    outage ??= {
      failures: row.failures,
      repositories: row.repositories,
      reason: row.reason ?? 'Unreachable',
      since: clock.now() - (triedAt - row.since),
    };
    onEvent({ kind: before === undefined ? 'opened' : 'stillOpen', outage, waitMilliseconds });
  });
  breaker.onHalfOpen(() => onEvent({ kind: 'halfOpened' }));
  breaker.onReset(() => {
    const before = outage;
    outage = undefined;
    backoff.reset();
    onEvent({ kind: 'closed', outage: before });
  });

  const note = (member: Member, answer: Resolved | Folder) => {
    const verdict = verdictOf(answer);
    const now = clock.monotonic();
    if (verdict === 'down' && answer.kind === 'failed') {
      return { verdict, opens: row.down(member, answer, now) };
    }
    if (verdict === 'up') row.up(member, now);
    else row.unknown(member, now);
    return { verdict, opens: false };
  };

  const wait = (patience: number): number => {
    if (breaker.state === CircuitState.HalfOpen) return probingMilliseconds;
    if (breaker.state !== CircuitState.Open) return 0;
    // No wait is longer than an interval, and none has an interval shorter than its patience.
    return Math.max(0, Math.min(openUntil, triedAt + patience) - clock.monotonic());
  };

  const runClosed = async <T extends Resolved | Folder>(
    member: Member,
    work: () => Promise<T>,
  ): Promise<T> => {
    const answer = await work();
    const { verdict, opens } = note(member, answer);
    if (breaker.state === CircuitState.Closed) await breaker.execute(async () => (opens ? 'down' : 'up'));
    // It was asked before the circuit opened, and answers after all: worth trying at once.
    else if (verdict === 'up') openUntil = clock.monotonic();
    return answer;
  };

  const probe = async <T extends Resolved | Folder>(member: Member, work: () => Promise<T>): Promise<T> => {
    const answered = new AbortController();
    let isLate = false;
    const answer = work().then(
      (value) => ({ value, verdict: note(member, value).verdict }),
      (error: unknown) => ({ error, verdict: 'unknown' as const }),
    );
    const late = clock.sleep(probeMilliseconds, answered.signal).then(
      () => {
        isLate = true;
        return 'unknown' as const;
      },
      () => 'unknown' as const, // it was answered in time
    );
    await breaker.execute(() => Promise.race([answer.then(({ verdict }) => verdict), late]));
    const result = await answer;
    answered.abort();
    // Given up by its caller, it says nothing; an answer that comes late says that another try is worth it.
    if ('error' in result || (isLate && result.verdict === 'up')) openUntil = clock.monotonic();
    if ('error' in result) throw result.error;
    return result.value;
  };

  return {
    join: (member) => row.join(member, clock.monotonic()),
    leave: row.leave,
    blocked(patience) {
      const waitMilliseconds = wait(patience);
      return waitMilliseconds > 0 && outage !== undefined ? { outage, waitMilliseconds } : undefined;
    },
    run: (member, work) =>
      breaker.state === CircuitState.Closed ? runClosed(member, work) : probe(member, work),
    outage: () => outage,
    wait,
    state() {
      if (breaker.state === CircuitState.Closed) return 'closed';
      return breaker.state === CircuitState.Open ? 'open' : 'halfOpen';
    },
  };
}
