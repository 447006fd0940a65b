// One repository with one credential, and all GitConfigs that follow it: one look at the server serves them all.
import { type Reference, referenceKey } from '../api/reference.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { type Heads, headOf, isHead, isNews, type Poll } from './poll.ts';
import type { Folder, Head, ReadRequest, Resolved, Source, SourceFailure } from './source.ts';
import { createTurns } from './turns.ts';

export type Follower = { readonly reference: Reference; readonly intervalMilliseconds: number };

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
  /** Milliseconds until the follower should look again. */
  wait(key: string): number;
  /** As Source has it, one at a time. */
  read(request: ReadRequest, signal: AbortSignal): Promise<Folder>;
  /** Milliseconds since 1970 of the last successful look, or of the beginning. */
  lastSeen(): number;
  close(): void;
};

type Running = Omit<Poll, 'resolved'> & { readonly done: Promise<void> };

// The first wait after a failure that may pass by itself; each further one is twice as long, up to one interval.
const firstRetryMilliseconds = 1_000;
// Looks come up to a tenth of an interval early, so that repositories of equal interval do not keep in step.
const jitter = 0.1;

export function createRemote(deps: {
  readonly source: Source;
  readonly clock: Clock;
  readonly onPolled: (resolved: Resolved, seconds: number) => void;
  /** The head that these follow is not what it was, or the server fails or has recovered. */
  readonly onNews: (keys: readonly string[], heads: Heads) => void;
  /** Ends looks when nobody waits for them any more. */
  readonly signal: AbortSignal;
}): Remote {
  const { source, clock, signal: lifetime } = deps;
  const followers = new Map<string, Follower>();
  // A pack and its objects are in memory while it is read; one at a time is enough for one repository.
  const turns = createTurns(1);
  let last: Poll | undefined;
  let running: Running | undefined;
  let retry: { readonly backoff: Backoff; readonly milliseconds: number } | undefined;
  /** The server has asked not to be asked before that time. */
  let quiet: { readonly until: number; readonly failure: SourceFailure } | undefined;
  /** What is known is known to be old. */
  let isExpired = false;
  let spread = clock.random();
  let lastSeen = clock.now();

  const interval = (): number =>
    Math.min(...[...followers.values()].map((follower) => follower.intervalMilliseconds));

  const poll = async (startedAt: number, references: readonly Reference[]): Promise<void> => {
    // Whatever hangs is given up within an interval, so that the end of a fault is seen by the next look.
    const resolved = await source.resolve(references, lifetime, interval());
    deps.onPolled(resolved, (clock.monotonic() - startedAt) / 1000);
    const before = last;
    const asked = new Set(references.map(referenceKey));
    last = { startedAt, asked, resolved };
    spread = clock.random();
    retry = resolved.kind === 'ok' ? undefined : nextRetry(resolved);
    heed(resolved);
    if (resolved.kind === 'ok') lastSeen = clock.now();
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
    const milliseconds = failure.class === 'retry' ? Math.min(backoff.next(), interval()) : interval();
    return { backoff, milliseconds };
  };

  const heed = (answer: { readonly kind: string } | SourceFailure): void => {
    if (!('retryAfterMilliseconds' in answer)) return;
    quiet = { until: clock.monotonic() + (answer.retryAfterMilliseconds ?? 0), failure: answer };
  };

  const start = (): Running => {
    const startedAt = clock.monotonic();
    const references = new Map<string, Reference>();
    for (const { reference } of followers.values()) references.set(referenceKey(reference), reference);
    const done = poll(startedAt, [...references.values()]).finally(() => {
      running = undefined;
    });
    running = { startedAt, asked: new Set(references.keys()), done };
    return running;
  };

  const due = (follower: Follower): number => {
    if (last === undefined) return Number.NEGATIVE_INFINITY;
    const regular = follower.intervalMilliseconds * (1 - jitter * spread);
    const next = isExpired ? last.startedAt : last.startedAt + (retry?.milliseconds ?? regular);
    return Math.max(next, quiet?.until ?? 0);
  };

  const followerOf = (key: string): Follower => {
    const follower = followers.get(key);
    if (follower === undefined) throw new RangeError(`${key} does not follow this repository`);
    return follower;
  };

  return {
    follow: (key, follower) => void followers.set(key, follower),
    leave(key) {
      followers.delete(key);
      return followers.size === 0;
    },
    async look(key, { now }, signal) {
      const follower = followerOf(key);
      const wanted = referenceKey(follower.reference);
      const askedAt = clock.monotonic();
      const since = now || askedAt >= due(follower) ? askedAt : Number.NEGATIVE_INFINITY;
      for (;;) {
        signal.throwIfAborted();
        if (last !== undefined && last.startedAt >= since && last.asked.has(wanted)) {
          return { startedAt: last.startedAt, head: headOf(last.resolved, wanted) };
        }
        // A look that is under way answers those who are merely due; who was asked to look now needs a newer one.
        const fits = running !== undefined && (!now || running.startedAt >= since);
        if (fits && running?.asked.has(wanted)) {
          const { startedAt, done } = running;
          await done;
          if (last?.startedAt === startedAt) {
            return { startedAt, head: headOf(last.resolved, wanted) };
          }
        } else if (running !== undefined) await running.done;
        else await start().done;
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
    wait: (key) => Math.max(0, due(followerOf(key)) - clock.monotonic()),
    read: (request, signal) =>
      turns.take(async () => {
        if (quiet !== undefined && clock.monotonic() < quiet.until) return quiet.failure;
        const folder = await source.read(request, signal);
        heed(folder);
        return folder;
      }, signal),
    lastSeen: () => lastSeen,
    close: source.close,
  };
}
