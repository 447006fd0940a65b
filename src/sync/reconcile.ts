// One GitConfig, from the world as it is to the world as it should be: locate -> resolve -> read -> build -> publish ->
// status. Each step gives data to the next; running all again without a change writes nothing. It is one thing: the
// order of the steps, and what is told of them.
import type { GitConfig, LiveStatus } from '../api/gitconfig.ts';
import { parseHash12, shortHash } from '../api/identifiers.ts';
import { syncRequestedAtAnnotation } from '../api/keys.ts';
import type { Reference } from '../api/reference.ts';
import { formatRevision, type Revision } from '../api/revision.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Absent, Attempt, Refused, Throttled } from './attempt.ts';
import { longestRetry } from './cadence.ts';
import type { Origin } from './credentials/credential.ts';
import { guardedBy } from './guard/guarded-by.ts';
import {
  type AtRevision,
  type HandleDeps,
  type Handled,
  handleRevision,
  type Overtaken,
} from './handle-revision.ts';
import type { Live } from './live/live.ts';
import { type LocateDeps, type Located, locate } from './locate.ts';
import { isHead } from './poll.ts';
import type { Remote } from './remote.ts';
import type { Claims } from './retention/claims.ts';
import type { RestoreMemory } from './retention/restore-absent.ts';
import { type ReadAgain, restoreNewest, restoreOthers } from './retention/restoring.ts';
import { isSettled, type Rejection } from './settled.ts';
import type { SourceFailure } from './source.ts';
import { createTell, type TellDeps } from './tell.ts';
import { isActive, isStillWanted } from './wanted.ts';

export type ReconcileDeps = Omit<HandleDeps, 'isWanted' | 'onSlowFetch'> &
  Omit<LocateDeps, 'clock'> &
  Omit<TellDeps, 'kube' | 'clock'> & {
    readonly kube: Pick<Kube, 'create' | 'get' | 'patch'>;
    readonly live: Pick<Live, 'ensure' | 'forget'>;
    readonly claims: Pick<Claims, 'claim' | 'release'>;
    readonly onRestored: (outcome: 'success' | 'lost') => void;
    /** Says where the refused part of a credential came from. */
    readonly explain: (failure: SourceFailure, origin: Origin) => SourceFailure;
    /** Why looks and reads are fewer now. */
    readonly throttled: () => Throttled | undefined;
  };

/** What is remembered of a GitConfig between two runs. Losing it costs one read and no write. */
type Memory = RestoreMemory & {
  /** `until` is a time of the monotonic clock. */
  rejection: (Rejection & { readonly until: number }) | undefined;
  retry: Backoff | undefined;
  lostNewest: Absent['lost'];
};

/** Gives the milliseconds until the next run; undefined when only a change of the object can bring one. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<number | undefined>;

// The first wait after a failed read; the following ones double, up to one interval.
const firstRetryMilliseconds = 1_000;
const longestIntervalMilliseconds = 86_400_000;

export function createReconcile(deps: ReconcileDeps): Reconcile {
  const memories = new Map<string, Memory>();
  const tell = createTell(deps);
  const handling: HandleDeps = { ...deps, isWanted, onSlowFetch: tell.slowFetch };

  return async (key, signal) => {
    try {
      return await run(key, signal);
    } finally {
      deps.claims.release(key);
    }
  };

  async function run(key: string, signal: AbortSignal): Promise<number | undefined> {
    const config = deps.find(key);
    if (config === undefined || !isActive(config)) {
      deps.remotes.leave(key);
      memories.delete(key);
      deps.live.forget(key);
      if (config !== undefined) await tell.atRest(config, signal);
      return undefined;
    }
    const memory = memories.get(key) ?? {
      rejection: undefined,
      retry: undefined,
      gone: new Set(),
      lostNewest: [],
    };
    memories.set(key, memory);

    const located = await locate(key, config, deps, signal);
    const requestedAt = unansweredRequest(config);
    const attempt: Attempt | Overtaken =
      located.kind === 'failed'
        ? { ...unread(located, requestedAt), retry: located.class === 'retry' }
        : await attemptRevision(key, config, located, memory, requestedAt, signal);
    // The change that overtook this run brings the next one.
    if ('kind' in attempt || !isWanted(config)) return undefined;
    // Whatever becomes of it: what came of the revision is told.
    const live = await ensureLive(config, attempt, signal).then(
      (status) => ({ status }),
      (error: unknown) => ({ error }),
    );
    signal.throwIfAborted();
    await tell.attempt(config, 'status' in live ? { ...attempt, live: live.status } : attempt, signal);
    if ('error' in live) throw live.error;
    const regular = located.kind === 'failed' ? longestRetry(config.spec) : located.remote.wait(key);
    return Math.min(regular, retryAfter(attempt, config, memory));
  }

  async function attemptRevision(
    key: string,
    config: GitConfig,
    { remote, reference, origin }: Extract<Located, { kind: 'ok' }>,
    memory: Memory,
    requestedAt: string | undefined,
    signal: AbortSignal,
  ): Promise<Attempt | Overtaken> {
    let now = requestedAt !== undefined;
    for (let round = 1; ; round += 1) {
      const { head } = await remote.look(key, { now }, signal);
      if (!isHead(head)) return { ...unread(deps.explain(head, origin), requestedAt), retry: false };
      const revision: Revision = { ref: head.name, commit: head.commit };
      const handled = await handle(config, { reference, head }, remote, memory, signal);
      if (handled.kind === 'overtaken') return handled;
      if (handled.kind === 'failed') {
        remote.failed(key);
        const retry = handled.class === 'retry';
        return { ...unread(deps.explain(handled, origin), requestedAt), retry };
      }
      if (handled.kind !== 'moved') {
        const readAgain = again(config, reference, remote, signal);
        const restored = await restoreOthers(config, { memory, requestedAt }, readAgain, deps);
        if (restored.kind === 'overtaken') return restored;
        const { absent, retry } = restored;
        return {
          fetched: { kind: 'ok', reference: reference.kind, revision },
          published: handled,
          history: handled.kind === 'settled' ? undefined : handled.history,
          throttled: deps.throttled(),
          absent: { ...absent, lost: [...absent.lost, ...memory.lostNewest] },
          retry: retry || (handled.kind === 'refused' && mayPassSoon(handled)),
          requestedAt,
        };
      }
      // The branch was rewritten between look and read: look again at once, but do not chase it for ever.
      if (round === 2) {
        remote.failed(key);
        const { message } = handled;
        const failed = { kind: 'failed', class: 'retry', reason: 'ServerError', message } as const;
        return { ...unread(failed, requestedAt), retry: true };
      }
      now = true;
    }
  }

  async function ensureLive(
    config: GitConfig,
    { published }: Attempt,
    signal: AbortSignal,
  ): Promise<LiveStatus | undefined> {
    const accepted =
      published?.kind === 'published' ? shortHash(published.hash) : parseHash12(config.status?.hash);
    return accepted === undefined ? undefined : await deps.live.ensure(config, accepted, signal);
  }

  function unread(fetched: SourceFailure, requestedAt: string | undefined): Omit<Attempt, 'retry'> {
    return { fetched, published: undefined, history: undefined, throttled: deps.throttled(), requestedAt };
  }

  async function handle(
    config: GitConfig,
    at: AtRevision,
    remote: Remote,
    memory: Memory,
    signal: AbortSignal,
  ): Promise<Handled | { kind: 'settled' }> {
    const rejection = deps.clock.monotonic() < (memory.rejection?.until ?? 0) ? memory.rejection : undefined;
    const revision: Revision = { ref: at.head.name, commit: at.head.commit };
    const settled = isSettled(config, revision, { snapshotIsThere: lastGoodIsThere(config), rejection });
    const handled = settled ? undefined : await handleRevision(config, at, remote, handling, signal);
    if (handled?.kind === 'published') memory.rejection = undefined;
    else if (handled?.kind === 'refused' && isOfContent(handled)) {
      memory.rejection = {
        ...rejectionOf(config, revision),
        until: deps.clock.monotonic() + (handled.notBeforeMilliseconds ?? Number.POSITIVE_INFINITY),
      };
    }
    // What the cluster refused just now it refuses again. What a check refused may have been published before it.
    const isLastGood = handled?.kind === 'refused' && config.status?.revision === formatRevision(revision);
    const isRefusedAgain = isLastGood && !isOfContent(handled);
    const mayLack = handled === undefined || handled.kind === 'refused' || handled.kind === 'failed';
    const readAgain = again(config, at.reference, remote, signal);
    memory.lostNewest =
      mayLack && !isRefusedAgain ? await restoreNewest(config, memory, readAgain, deps) : [];
    return handled ?? { kind: 'settled' };
  }

  function again(config: GitConfig, reference: Reference, remote: Remote, signal: AbortSignal): ReadAgain {
    return ({ ref, commit }, only) =>
      handleRevision(config, { reference, head: { name: ref, commit } }, remote, handling, signal, only);
  }

  function isWanted(config: GitConfig): boolean {
    const { namespace = '', name } = config.metadata;
    return isStillWanted(config, deps.find(`${namespace}/${name}`));
  }

  function lastGoodIsThere(config: GitConfig): boolean {
    const hash = parseHash12(config.status?.hash);
    const { namespace = '', name } = config.metadata;
    return hash !== undefined && deps.snapshotIsThere(namespace, snapshotName(name, hash));
  }

  function retryAfter(attempt: Attempt, config: GitConfig, memory: Memory): number {
    if (!attempt.retry) {
      memory.retry = undefined;
      return Number.POSITIVE_INFINITY;
    }
    memory.retry ??= createBackoff(
      { initialMilliseconds: firstRetryMilliseconds, maxMilliseconds: longestIntervalMilliseconds },
      deps.clock,
    );
    return Math.min(memory.retry.next(), longestRetry(config.spec));
  }
}

function unansweredRequest(config: GitConfig): string | undefined {
  const requestedAt = config.metadata.annotations?.[syncRequestedAtAnnotation];
  return requestedAt === config.status?.lastHandledSyncAt ? undefined : requestedAt;
}

function rejectionOf(config: GitConfig, revision: Revision): Rejection {
  const { uid = '', generation = 0 } = config.metadata;
  return { uid, generation, revision: formatRevision(revision), guardedBy: guardedBy(config) };
}

/** What the cluster lacks or refuses, it may soon have, or take. */
function mayPassSoon({ reason, mayPass }: Refused): boolean {
  return reason === 'PublishFailed' || (reason === 'WaitingForApproval' && mayPass === true);
}

/** Refused for what the revision holds, so that the same revision is refused again, at least for a while. */
function isOfContent({ reason, mayPass, notBeforeMilliseconds }: Refused): boolean {
  if (reason === 'NameTaken' || reason === 'PublishFailed') return false;
  return mayPass === undefined || notBeforeMilliseconds !== undefined;
}
