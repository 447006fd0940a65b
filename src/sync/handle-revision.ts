// The middle steps for one revision: read the folder, check it and build its content, publish it.
import type { FetchingStatus, GitConfig } from '../api/gitconfig.ts';
import { type Hash12, shortHash } from '../api/identifiers.ts';
import type { KubeObject } from '../api/objects.ts';
import { parseRepositoryAddress } from '../api/repository-url.ts';
import { formatRevision, parseRevision } from '../api/revision.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { acceptFolder } from './accept-folder.ts';
import type { PublishOutcome, Refused } from './attempt.ts';
import { commitBy } from './commit-by.ts';
import { watchFetch } from './fetch-progress.ts';
import { guardChange } from './guard/guard-change.ts';
import type { LendableTurn } from './lendable-turns.ts';
import { timeoutOf } from './locate.ts';
import type { SyncMetrics } from './metrics.ts';
import { publish } from './publish.ts';
import { readInTurn } from './read-in-turn.ts';
import type { Remote } from './remote.ts';
import type { Claims } from './retention/claims.ts';
import { selectionOf } from './selection-of.ts';
import type { Folder, Head, History, ReadRequest, Source, SourceFailure } from './source.ts';

export type Handled = (Outcome & { readonly history: History }) | Moved | Overtaken | SourceFailure;
type Outcome = Exclude<PublishOutcome, { kind: 'settled' }>;
/** The GitConfig is not wanted so any more: nothing was published. */
export type Overtaken = { readonly kind: 'overtaken' };
export type AtRevision = Pick<ReadRequest, 'reference' | 'head'>;
type Moved = Extract<Folder, { kind: 'moved' }>;

export type HandleDeps = {
  readonly kube: Pick<Kube, 'create' | 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: SyncMetrics;
  /** A turn over all repositories: what is read is held in memory. */
  readonly newTurn: () => LendableTurn;
  /** What is published is not collected until the run has told of it. */
  readonly claims: Pick<Claims, 'claim'>;
  /** With all its objects. */
  readonly snapshotIsThere: (namespace: string, name: string) => boolean;
  readonly objectIsThere: (namespace: string, name: string) => boolean;
  /** Told of each object of a Snapshot before the watch is. */
  readonly onPublished: (object: KubeObject) => void;
  /** Told of a fetch that takes long, every now and then. */
  readonly onSlowFetch: (config: GitConfig, fetching: FetchingStatus, signal: AbortSignal) => Promise<void>;
  /** Whether this is still what a person wants: looked at again before a write, since a read takes its time. */
  readonly isWanted: (config: GitConfig) => boolean;
};

/** With `only`, nothing is published unless the content has that hash. Rejects when the API server does not answer. */
export async function handleRevision(
  config: GitConfig,
  at: AtRevision,
  remote: Remote,
  deps: HandleDeps,
  signal: AbortSignal,
  only?: Hash12,
): Promise<Handled> {
  // The repository's own turn comes first, and this one only when its server answers.
  const turn = deps.newTurn();
  try {
    const folder = await read(config, at, turn, remote, deps, signal);
    if (folder.kind === 'failed' || folder.kind === 'moved') return folder;
    const handled =
      folder.kind === 'ok'
        ? await release(config, at.head, folder, deps, signal, only)
        : refusedOf(at.head, folder);
    if (handled.kind === 'overtaken') return handled;
    deps.metrics.published(handled.kind === 'published' ? 'success' : handled.reason);
    return { ...handled, history: folder.history };
  } finally {
    turn.giveBack();
  }
}

function refusedOf(head: Head, folder: Extract<Folder, { kind: 'rejected' }>): Refused {
  const message = `${commitBy(head, folder)}: ${folder.message}`;
  return { kind: 'refused', reason: folder.reason, message };
}

async function read(
  config: GitConfig,
  at: AtRevision,
  turn: LendableTurn,
  remote: Remote,
  deps: HandleDeps,
  signal: AbortSignal,
): Promise<Folder> {
  const { clock, metrics } = deps;
  const { source } = config.spec;
  const startedAt = clock.monotonic();
  const watched = watchFetch({
    clock,
    metrics,
    revision: formatRevision({ ref: at.head.name, commit: at.head.commit }),
    onSlow: (fetching) => deps.onSlowFetch(config, fetching, signal),
  });
  try {
    const request: Omit<ReadRequest, 'admit'> = {
      ...at,
      selection: selectionOf(config.spec),
      submodules: source.submodules ?? false,
      published: parseRevision(config.status?.revision ?? '')?.commit,
      withinMilliseconds: timeoutOf(config),
      onProgress: watched.progress,
    };
    const ask: Source['read'] = (...args) => remote.read(...args, watched.begin);
    const folder = await readInTurn(ask, request, { turn, shown: shownOf(config) }, signal);
    metrics.fetched(folder, (clock.monotonic() - startedAt) / 1000);
    return folder;
  } finally {
    await watched.end();
  }
}

function shownOf({ spec }: GitConfig): string {
  return parseRepositoryAddress(spec.source.url)?.text ?? 'the repository';
}

async function release(
  config: GitConfig,
  head: Head,
  folder: Extract<Folder, { kind: 'ok' }>,
  deps: HandleDeps,
  signal: AbortSignal,
  only: Hash12 | undefined,
): Promise<Outcome | Overtaken> {
  const { mountPath } = config.spec;
  // What was accepted once is restored as it was, whatever is asked of new commits.
  const mustBeValid = only === undefined;
  const content = await acceptFolder(config, head, folder, mustBeValid, deps, signal);
  if (content.kind === 'refused') return content;
  const { hash, files } = content;
  if (only !== undefined && shortHash(hash) !== only) {
    return {
      kind: 'refused',
      reason: 'PublishFailed',
      message: `this revision does not have content ${only}`,
      differs: true,
    };
  }
  const waiting = mustBeValid
    ? await guardChange(config, content, { head, folder }, deps.kube, signal)
    : undefined;
  if (waiting !== undefined) return waiting;
  if (!deps.isWanted(config)) return { kind: 'overtaken' };
  const { namespace = '', name } = config.metadata;
  await deps.claims.claim(`${namespace}/${name}`, snapshotName(name, shortHash(hash)), signal);
  const published = await publish(
    {
      namespace,
      config: name,
      mountPath,
      revision: formatRevision({ ref: head.name, commit: head.commit }),
      author: folder.author,
      subject: folder.subject,
      content,
      isKnown: (object) => deps.objectIsThere(namespace, object),
    },
    deps.kube,
    signal,
  );
  if (published.kind === 'refused') return published;
  published.objects.forEach(deps.onPublished);
  return { kind: 'published', hash, name: published.name, fileCount: files.length };
}
