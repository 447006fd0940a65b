// One GitConfig, from the world as it is to the world as it should be: locate -> resolve -> read -> build -> publish ->
// status. Each step gives data to the next; running all again without a change writes nothing.
import type { GitConfig } from '../api/gitconfig.ts';
import { parseHash12 } from '../api/identifiers.ts';
import { syncRequestedAtAnnotation } from '../api/keys.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Reference } from '../api/reference.ts';
import { formatRevision, parseRevision, type Revision } from '../api/revision.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import type { EventRecorder } from '../kube/events.ts';
import { type Backoff, createBackoff } from '../lib/backoff.ts';
import type { Log } from '../lib/log.ts';
import { applyStatus } from './apply-status.ts';
import type { Attempt } from './attempt.ts';
import type { ServiceAccount } from './credentials.ts';
import {
  type AtRevision,
  type HandleDeps,
  type Handled,
  handleRevision,
  type Overtaken,
} from './handle-revision.ts';
import { intervalOf, type Located, locate } from './locate.ts';
import { currentStatus, nextStatus } from './next-status.ts';
import { isHead } from './poll.ts';
import type { Remote } from './remote.ts';
import type { Remotes } from './remotes.ts';
import { isSettled, type Rejection } from './settled.ts';
import { transitions } from './transitions.ts';
import { isActive, isStillWanted } from './wanted.ts';

export type ReconcileDeps = Omit<HandleDeps, 'isWanted'> & {
  readonly kube: Pick<Kube, 'create' | 'get' | 'patch'>;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly remotes: Remotes;
  readonly serviceAccount: ServiceAccount;
  /** The newest GitConfig that is known; undefined when it is gone. */
  readonly find: (key: string) => GitConfig | undefined;
  readonly onWritten: (config: KubeObject & GitConfig) => void;
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
  const handling: HandleDeps = { ...deps, isWanted };

  return async (key, signal) => {
    const config = deps.find(key);
    if (config === undefined || !isActive(config)) {
      deps.remotes.leave(key);
      memories.delete(key);
      return undefined;
    }
    const memory = memories.get(key) ?? { rejection: undefined, retry: undefined };
    memories.set(key, memory);

    const located = await locate(key, config, deps, signal);
    const requestedAt = unansweredRequest(config);
    const attempt: Attempt | Overtaken =
      located.kind === 'failed'
        ? { fetched: located, published: undefined, retry: false, requestedAt }
        : await attemptRevision(key, config, located, memory, requestedAt, signal);
    // The change that overtook this run brings the next one.
    if ('kind' in attempt || !isWanted(config)) return undefined;
    await report(config, attempt, signal);
    const regular = located.kind === 'failed' ? intervalOf(config) : located.remote.wait(key);
    return Math.min(regular, retryAfter(attempt, config, memory));
  };

  async function attemptRevision(
    key: string,
    config: GitConfig,
    { remote, reference }: Extract<Located, { kind: 'ok' }>,
    memory: Memory,
    requestedAt: string | undefined,
    signal: AbortSignal,
  ): Promise<Attempt | Overtaken> {
    let now = requestedAt !== undefined;
    for (let round = 1; ; round += 1) {
      const { head } = await remote.look(key, { now }, signal);
      if (!isHead(head)) return { fetched: head, published: undefined, retry: false, requestedAt };
      const revision: Revision = { ref: head.name, commit: head.commit };
      const handled = await handle(config, { reference, head }, remote, memory, signal);
      if (handled.kind === 'overtaken') return handled;
      if (handled.kind === 'failed') {
        const retry = handled.class === 'retry';
        return { fetched: handled, published: undefined, retry, requestedAt };
      }
      if (handled.kind !== 'moved') {
        const retry = handled.kind === 'refused' && handled.reason === 'PublishFailed';
        return { fetched: { kind: 'ok', revision }, published: handled, retry, requestedAt };
      }
      // The branch was rewritten between look and read: look again at once, but do not chase it for ever.
      if (round === 2) {
        const { message } = handled;
        const fetched = { kind: 'failed', class: 'retry', reason: 'ServerError', message } as const;
        return { fetched, published: undefined, retry: true, requestedAt };
      }
      now = true;
    }
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

  async function report(config: GitConfig, attempt: Attempt, signal: AbortSignal): Promise<void> {
    const before = currentStatus(config);
    const wish = nextStatus(config, attempt, deps.clock.now());
    const written = await applyStatus(config, wish, deps.kube, signal);
    if (written === undefined) return;
    deps.onWritten(written);
    const { name, namespace = '', uid } = config.metadata;
    for (const { type, reason, message } of transitions(before, wish)) {
      const fields = { namespace, name, reason, revision: wish.lastAttemptedRevision, why: message };
      if (type === 'Warning') deps.log.warn(fields, 'GitConfig failed');
      else deps.log.info(fields, 'GitConfig changed');
      const subject = { apiVersion: 'confroll.dev/v1alpha1', kind: 'GitConfig', namespace, name };
      deps.events.record({
        subject: uid === undefined ? subject : { ...subject, uid },
        type,
        reason,
        message,
      });
    }
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
    return Math.min(memory.retry.next(), intervalOf(config));
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
