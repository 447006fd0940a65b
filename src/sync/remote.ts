// One repository with one credential, and all GitConfigs that follow it: one look at the server serves them all. It is
// one state machine: when a look begins, whom it answers, and when the next one is due.
import { type Reference, referenceKey } from '../api/reference.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Cadence } from './cadence.ts';
import { regularlyDue, shortestOf } from './due.ts';
import { type Heads, headOf, isHead, isNews, type Poll } from './poll.ts';
import type { Folder, Head, ReadRequest, Resolved, Source, SourceFailure } from './source.ts';
import { createTurns } from './turns.ts';

export type Follower = {
  readonly reference: Reference;
  readonly cadence: Cadence;
  /** How long a look may take. */
  readonly timeoutMilliseconds: number;
  /** Of the wish: with another one, what was seen long ago is no answer any more. */
  readonly version: string;
};

export type Look = {
  /** Of the monotonic clock. */
  readonly startedAt: number;
  readonly head: Head | SourceFailure;
};

export type Remote = {
  /** From now on looks serve this follower too; again with other wishes replaces them. */
  follow(key: string, follower: Follower): void;
  /** True when it was the last one. */
  leave(key: string): boolean;
  /** The head of the follower's reference: from the last look while that is fresh enough, else from a new one. */
  look(key: string, asked: { readonly now: boolean }, signal: AbortSignal): Promise<Look>;
  /** Another look has seen these heads in the same repository: who does not know them yet should look. Gives those followers. */
  expect(heads: Heads): string[];
  /** What was read for the follower failed: it looks again as if the look had. */
  failed(key: string): void;
  /** Milliseconds until the follower should look again. */
  wait(key: string): number;
  /** As Source has it, one at a time: `onBegin` is called when its turn has come. */
  read(request: ReadRequest, signal: AbortSignal, onBegin?: () => void): Promise<Folder>;
  /**
   * Milliseconds since 1970 of the last successful look, or of the beginning; undefined while all is well and looks come
   * by a schedule alone: however long ago the last one was, none is missing.
   */
  lastSeen(): number | undefined;
  close(): void;
};

type Running = Omit<Poll, 'resolved'> & { readonly done: Promise<void> };

// The first wait after a failure that may pass by itself; each further one is twice as long, up to one interval.
const firstRetryMilliseconds = 1_000;
// Who begins to follow, or wishes for something else, is content with a look of the last minute.
const freshMilliseconds = 60_000;
// The wall clock may be set, and the monotonic one stands still while a machine sleeps: a long wait for a time of a
// schedule is worked out anew each hour.
const longestScheduledWait = 3_600_000;

export function createRemote(deps: {
  readonly source: Source;
  readonly clock: Clock;
  readonly onPolled: (resolved: Resolved, seconds: number) => void;
  /** The head that these follow is not what it was, or the server fails or has recovered. */
  readonly onNews: (keys: readonly string[], heads: Heads) => void;
  /** Makes regular waits longer while the process is short of something. */
  readonly stretch: (milliseconds: number) => number;
  /** Ends looks, as `close` does: they are everybody's, and nobody's own signal ends them. */
  readonly signal: AbortSignal;
}): Remote {
  const { source, clock, stretch } = deps;
  const closed = new AbortController();
  const lifetime = AbortSignal.any([deps.signal, closed.signal]);
  const followers = new Map<string, Follower & { readonly notBefore: number }>();
  /** By follower: when the look began whose head could not be read. */
  const unread = new Map<string, number>();
  // A pack and its objects are in memory while it is read; one at a time is enough for one repository.
  const turns = createTurns(1);
  let last: (Poll & { readonly wall: number }) | undefined;
  let running: Running | undefined;
  let retry: { readonly backoff: Backoff; readonly milliseconds: number } | undefined;
  /** The server has asked not to be asked before that time. */
  let quiet: { readonly until: number; readonly failure: SourceFailure } | undefined;
  /** What is known is known to be old. */
  let isExpired = false;
  let spread = clock.random();
  let lastSeen = clock.now();

  const longestRetry = (): number => shortestOf([...followers.values()].map(({ cadence }) => cadence));

  // Whatever hangs is given up within an interval, so that the end of a fault is seen by the next look: that of whoever
  // waits longest, who may be of another namespace than the most impatient one.
  const patience = (): number =>
    Math.max(
      ...[...followers.values()].map(({ timeoutMilliseconds, cadence }) =>
        Math.min(timeoutMilliseconds, cadence.intervalMilliseconds ?? Number.POSITIVE_INFINITY),
      ),
    );

  const poll = async (startedAt: number, references: readonly Reference[]): Promise<void> => {
    const wall = clock.now();
    const resolved = await source.resolve(references, lifetime, patience());
    deps.onPolled(resolved, (clock.monotonic() - startedAt) / 1000);
    const before = last;
    const asked = new Set(references.map(referenceKey));
    last = { startedAt, wall, asked, resolved };
    spread = clock.random();
    retry = resolved.kind === 'ok' ? undefined : nextRetry(resolved);
    if (resolved.kind === 'ok') {
      quiet = undefined;
      lastSeen = clock.now();
    } else heed(resolved);
    isExpired = false;
    // After the first look all is news, for those who use another credential too; its own followers asked for it.
    const reached = [...followers].filter(
      ([, { reference }]) => before === undefined || isNews(before, resolved, referenceKey(reference)),
    );
    const heads = new Map<string, Head>();
    for (const [, { reference }] of reached) {
      const key = referenceKey(reference);
      const head = asked.has(key) ? headOf(resolved, key) : undefined;
      if (head !== undefined && isHead(head)) heads.set(key, head);
    }
    deps.onNews(before === undefined ? [] : reached.map(([key]) => key), heads);
  };

  const nextRetry = (failure: SourceFailure) => {
    const backoff =
      retry?.backoff ??
      createBackoff({ initialMilliseconds: firstRetryMilliseconds, maxMilliseconds: 86_400_000 }, clock);
    // What a person must mend is asked for once an interval: servers count refused credentials.
    const milliseconds =
      failure.class === 'retry' ? Math.min(backoff.next(), longestRetry()) : longestRetry();
    return { backoff, milliseconds };
  };

  const heed = (answer: { readonly kind: string } | SourceFailure): void => {
    if (!('retryAfterMilliseconds' in answer)) return;
    const asked = answer.retryAfterMilliseconds ?? 0;
    // Our own guess of when a host is back may be wrong, so it is looked at each interval; what a server asks for counts.
    const wait = answer.reason === 'HostUnavailable' ? Math.min(asked, longestRetry()) : asked;
    quiet = { until: clock.monotonic() + wait, failure: answer };
  };

  const start = (): Running => {
    const startedAt = clock.monotonic();
    const references = new Map<string, Reference>();
    for (const { reference } of followers.values()) references.set(referenceKey(reference), reference);
    const done = poll(startedAt, [...references.values()]).finally(() => {
      running = undefined;
    });
    done.catch(() => {}); // who waits for it hears of it, and all may have gone
    running = { startedAt, asked: new Set(references.keys()), done };
    return running;
  };

  // A missing branch, a submodule that may not be read: somebody may mend it long before the next time of a schedule.
  const lacks = (key: string, { reference }: Follower, { asked, resolved, startedAt }: Poll): boolean => {
    const wanted = referenceKey(reference);
    return unread.get(key) === startedAt || (asked.has(wanted) && !isHead(headOf(resolved, wanted)));
  };

  const due = (key: string): number => {
    const follower = followerOf(key);
    const { cadence, notBefore } = follower;
    if (last === undefined) return Number.NEGATIVE_INFINITY;
    const now = { monotonic: clock.monotonic(), wall: clock.now() };
    const isFailed = lacks(key, follower, last);
    const regular = regularlyDue({ cadence, last, now, spread, stretch, isFailed });
    const next = retry === undefined ? regular : last.startedAt + stretch(retry.milliseconds);
    const isOld = isExpired || last.startedAt < notBefore;
    return Math.max(isOld ? last.startedAt : next, quiet?.until ?? 0);
  };

  const followerOf = (key: string) => {
    const follower = followers.get(key);
    if (follower === undefined) throw new RangeError(`${key} does not follow this repository`);
    return follower;
  };

  return {
    follow(key, follower) {
      const before = followers.get(key);
      const fresh = Math.min(freshMilliseconds, follower.cadence.intervalMilliseconds ?? freshMilliseconds);
      const notBefore = before?.version === follower.version ? before.notBefore : clock.monotonic() - fresh;
      followers.set(key, { ...follower, notBefore });
    },
    leave(key) {
      followers.delete(key);
      unread.delete(key);
      return followers.size === 0;
    },
    async look(key, { now }, signal) {
      const follower = followerOf(key);
      const wanted = referenceKey(follower.reference);
      const askedAt = clock.monotonic();
      const since = now || askedAt >= due(key) ? askedAt : Number.NEGATIVE_INFINITY;
      for (;;) {
        signal.throwIfAborted();
        if (last !== undefined && last.startedAt >= since && last.asked.has(wanted)) {
          return { startedAt: last.startedAt, head: headOf(last.resolved, wanted) };
        }
        // A look that is under way answers those who are merely due; who was asked to look now needs a newer one.
        const fits = running !== undefined && (!now || running.startedAt >= since);
        if (fits && running?.asked.has(wanted)) {
          const { startedAt, done } = running;
          await untilAborted(done, signal);
          if (last?.startedAt === startedAt) {
            return { startedAt, head: headOf(last.resolved, wanted) };
          }
        } else await untilAborted((running ?? start()).done, signal);
      }
    },
    expect(heads) {
      const known = last;
      if (known === undefined || known.resolved.kind === 'failed') return [];
      const behind = [...followers].filter(([, { reference }]) => {
        const wanted = referenceKey(reference);
        const seen = heads.get(wanted);
        if (seen === undefined || !known.asked.has(wanted)) return false;
        const head = headOf(known.resolved, wanted);
        return !isHead(head) || head.commit !== seen.commit;
      });
      if (behind.length > 0) isExpired = true;
      return behind.map(([key]) => key);
    },
    failed(key) {
      if (last !== undefined) unread.set(key, last.startedAt);
    },
    wait(key) {
      const follower = followerOf(key);
      const wait = Math.max(0, due(key) - clock.monotonic());
      return follower.cadence.schedule === undefined ? wait : Math.min(wait, longestScheduledWait);
    },
    read: (request, signal, onBegin) =>
      turns.take(async () => {
        onBegin?.();
        if (quiet !== undefined && clock.monotonic() < quiet.until) return quiet.failure;
        const folder = await source.read(request, signal);
        heed(folder);
        return folder;
      }, signal),
    lastSeen() {
      const all = [...followers.values()];
      const isScheduled = all.every(({ cadence }) => cadence.intervalMilliseconds === undefined);
      return isScheduled && last?.resolved.kind === 'ok' ? undefined : lastSeen;
    },
    close() {
      closed.abort(new Error('nobody follows this repository any more'));
      source.close();
    },
  };
}
