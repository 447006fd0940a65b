// One GitConfig, from the world as it is to the world as it should be: locate -> resolve -> read -> build -> publish ->
// status. Each step gives data to the next; running all again without a change writes nothing. It is one thing: the
// order of the steps, and what is told of them.
import type { GitConfig } from '../api/gitconfig.ts';
import { parseHash12 } from '../api/identifiers.ts';
import { syncRequestedAtAnnotation } from '../api/keys.ts';
import type { Reference } from '../api/reference.ts';
import { formatRevision, parseRevision, type Revision } from '../api/revision.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Attempt, Throttled } from './attempt.ts';
import { longestRetry } from './cadence.ts';
import type { Origin } from './credentials/credential.ts';
import {
  type AtRevision,
  type HandleDeps,
  type Handled,
  handleRevision,
  type Overtaken,
} from './handle-revision.ts';
import { type LocateDeps, type Located, locate } from './locate.ts';
import { isHead } from './poll.ts';
import type { Remote } from './remote.ts';
import { isSettled, type Rejection } from './settled.ts';
import type { SourceFailure } from './source.ts';
import { createTell, type TellDeps } from './tell.ts';
import { isActive, isStillWanted } from './wanted.ts';

export type ReconcileDeps = Omit<HandleDeps, 'isWanted' | 'onSlowFetch'> &
  Omit<LocateDeps, 'clock'> &
  Omit<TellDeps, 'kube' | 'clock'> & {
    readonly kube: Pick<Kube, 'create' | 'get' | 'patch'>;
    /** Says where the refused part of a credential came from. */
    readonly explain: (failure: SourceFailure, origin: Origin) => SourceFailure;
    /** Why looks and reads are fewer now. */
    readonly throttled: () => Throttled | undefined;
  };

/** What is remembered of a GitConfig between two runs. Losing it costs one read and no write. */
type Memory = { rejection: Rejection | undefined; retry: Backoff | undefined };

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
    const config = deps.find(key);
    if (config === undefined || !isActive(config)) {
      deps.remotes.leave(key);
      memories.delete(key);
      if (config !== undefined) await tell.atRest(config, signal);
      return undefined;
    }
    const memory = memories.get(key) ?? { rejection: undefined, retry: undefined };
    memories.set(key, memory);

    const located = await locate(key, config, deps, signal);
    const requestedAt = unansweredRequest(config);
    const attempt: Attempt | Overtaken =
      located.kind === 'failed'
        ? { ...unread(located, requestedAt), retry: located.class === 'retry' }
        : await attemptRevision(key, config, located, memory, requestedAt, signal);
    // The change that overtook this run brings the next one.
    if ('kind' in attempt || !isWanted(config)) return undefined;
    await tell.attempt(config, attempt, signal);
    const regular = located.kind === 'failed' ? longestRetry(config.spec) : located.remote.wait(key);
    return Math.min(regular, retryAfter(attempt, config, memory));
  };

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
        return {
          fetched: { kind: 'ok', reference: reference.kind, revision },
          published: handled,
          history: handled.kind === 'settled' ? undefined : handled.history,
          throttled: deps.throttled(),
          retry: handled.kind === 'refused' && handled.reason === 'PublishFailed',
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
    const { rejection } = memory;
    const revision: Revision = { ref: at.head.name, commit: at.head.commit };
    const settled = isSettled(config, revision, { snapshotIsThere: lastGoodIsThere(config), rejection });
    const handled = settled ? undefined : await handleRevision(config, at, remote, handling, signal);
    if (handled?.kind === 'published') memory.rejection = undefined;
    else if (handled?.kind === 'refused' && isOfContent(handled.reason)) {
      memory.rejection = rejectionOf(config, revision);
    }
    // What was refused just now is refused again.
    const isLastGood = handled?.kind === 'refused' && config.status?.revision === formatRevision(revision);
    const mayLack = handled === undefined || handled.kind === 'refused' || handled.kind === 'failed';
    if (mayLack && !isLastGood) await restore(config, at.reference, remote, signal);
    return handled ?? { kind: 'settled' };
  }

  // The newest revision was refused, and somebody deleted the Snapshot of the last good one: its Pods still name it.
  async function restore(
    config: GitConfig,
    reference: Reference,
    remote: Remote,
    signal: AbortSignal,
  ): Promise<void> {
    const hash = parseHash12(config.status?.hash);
    const revision = parseRevision(config.status?.revision ?? '');
    if (hash === undefined || revision === undefined || lastGoodIsThere(config)) return;
    const at = { reference, head: { name: revision.ref, commit: revision.commit } };
    const restored = await handleRevision(config, at, remote, handling, signal, hash);
    if (restored.kind === 'published' || restored.kind === 'overtaken') return;
    const { namespace, name } = config.metadata;
    deps.log.warn({ namespace, name, hash, why: restored.message }, 'deleted Snapshot cannot be made again');
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

function rejectionOf({ metadata: { uid = '', generation = 0 } }: GitConfig, revision: Revision): Rejection {
  return { uid, generation, revision: formatRevision(revision) };
}

/** Refused for what the revision holds, so that the same revision is refused again. */
function isOfContent(reason: string): boolean {
  return reason !== 'NameTaken' && reason !== 'PublishFailed';
}
