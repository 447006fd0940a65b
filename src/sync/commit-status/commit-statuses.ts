// Commit statuses at Git hosts, for all GitConfigs that ask for them: follows their status, writes each change once, and
// never stops anything else. What was told is remembered in memory only: after a restart the newest is told once more.

import { type Counter, Counter as CounterOf, type Registry } from 'prom-client';
import type { GitConfig } from '../../api/gitconfig.ts';
import { parseRepositoryAddress } from '../../api/repository-url.ts';
import type { Kube } from '../../kube/api.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { type Backoff, createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { createKeyedQueue } from '../../lib/keyed-queue.ts';
import type { Log } from '../../lib/log.ts';
import { createAuthorizers } from '../credentials/authorizers.ts';
import type { Credentials, ProxyOf } from '../credentials/credentials.ts';
import { createReadSecret, type ServiceAccount } from '../credentials/read-secret.ts';
import { SourceError } from '../git/source-error.ts';
import type { SourceFailure } from '../source.ts';
import { subjectOf } from '../subject-of.ts';
import { keyOf } from '../what-changed.ts';
import { findToken } from './find-token.ts';
import { postStatus } from './post-status.ts';
import { apiUrlOf, statusRequest } from './status-request.ts';
import { type CommitStatus, wantedStatus } from './wanted-status.ts';

export type CommitStatuses = {
  /** The GitConfig is new, or was changed or deleted; also its status. */
  touch(config: GitConfig): void;
  /** Until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
};

export type CommitStatusesDeps = {
  readonly kube: Pick<Kube, 'get'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly written: Counter<'outcome'>;
  readonly serviceAccount: ServiceAccount;
  readonly credentials: Pick<Credentials, 'find'>;
  readonly proxyOf: ProxyOf;
  readonly find: (key: string) => GitConfig | undefined;
};

/** What was told last, and what is being tried. Of another spec all is new. */
type Memory = {
  readonly of: string;
  told: string | undefined;
  failing: { readonly sameAs: string; readonly backoff: Backoff } | undefined;
};

// The reloader answers to a publication within this time: one status in place of two.
const settleMilliseconds = 1_000;
// They mostly wait for a host.
const workers = 20;
const retry = { initialMilliseconds: 5_000, maxMilliseconds: 30 * 60_000 };

export function createCommitStatusMetric(registry: Registry): Counter<'outcome'> {
  return new CounterOf({
    name: 'confroll_commit_statuses_total',
    help: 'Commit statuses written at Git hosts, by outcome: success, retry, or person when one has to mend something.',
    labelNames: ['outcome'],
    registers: [registry],
  });
}

export function createCommitStatuses(deps: CommitStatusesDeps): CommitStatuses {
  const { clock } = deps;
  const memories = new Map<string, Memory>();
  const finding = {
    credentials: deps.credentials,
    authorizers: createAuthorizers({ clock, userAgent: 'confroll' }),
    readSecret: createReadSecret(deps),
    proxyOf: deps.proxyOf,
  };
  const queue = createKeyedQueue({
    clock,
    workers,
    settleMilliseconds,
    reconcile: run,
    onError: (key, error) => deps.log.debug({ err: error, gitConfig: key }, 'commit status is tried again'),
  });
  return { touch: (config) => touch(config), run: queue.run };

  function touch(config: GitConfig): void {
    const key = keyOf(config);
    if (config.spec.commitStatus !== undefined || memories.has(key)) queue.add(key);
  }

  async function run(key: string, signal: AbortSignal): Promise<void> {
    const config = deps.find(key);
    if (config?.spec.commitStatus === undefined) {
      memories.delete(key);
      return;
    }
    const of = `${config.metadata.uid} ${config.metadata.generation}`;
    const known = memories.get(key);
    const memory: Memory = known?.of === of ? known : { of, told: known?.told, failing: undefined };
    memories.set(key, memory);
    const wanted = wantedStatus(config);
    if (wanted === undefined || memory.told === wanted.sameAs) return;
    try {
      await tell(config, wanted, signal);
      memory.told = wanted.sameAs;
      memory.failing = undefined;
      deps.written.inc({ outcome: 'success' });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failed(key, config, wanted, memory, error.failure);
    }
  }

  async function tell(config: GitConfig, wanted: CommitStatus, signal: AbortSignal): Promise<void> {
    const { commitStatus, source } = config.spec;
    const address = parseRepositoryAddress(source.url);
    const apiUrl =
      address === undefined || commitStatus === undefined ? undefined : apiUrlOf(commitStatus, address);
    if (commitStatus === undefined || address === undefined || apiUrl === undefined) {
      throw unusable(
        'spec.commitStatus.apiUrl is no address of an API, such as https://git.example.com/api/v4',
      );
    }
    const { token, way } = await findToken(config, address, apiUrl, finding, signal);
    const context = `confroll/${keyOf(config)}`;
    const asked = statusRequest(commitStatus.provider, apiUrl, address, wanted, { context, token });
    if (asked === undefined) {
      throw unusable(
        `${address.text} has no owner and repository in its path, as ${commitStatus.provider} has them`,
      );
    }
    await postStatus(asked, way, clock.now, signal);
  }

  function failed(
    key: string,
    config: GitConfig,
    { sameAs }: CommitStatus,
    memory: Memory,
    failure: Omit<SourceFailure, 'kind'>,
  ): void {
    deps.written.inc({ outcome: failure.class });
    const isNew = memory.failing === undefined;
    const failing =
      memory.failing?.sameAs === sameAs ? memory.failing : { sameAs, backoff: createBackoff(retry, clock) };
    memory.failing = failing;
    queue.addAfter(key, Math.max(failing.backoff.next(), failure.retryAfterMilliseconds ?? 0));
    if (!isNew) return;
    const { namespace = '', name } = config.metadata;
    const message = `commit status: ${failure.message}`;
    deps.log.warn({ namespace, name, why: failure.message }, 'commit status cannot be written');
    const subject = subjectOf(config);
    deps.events.record({ subject, type: 'Warning', reason: 'CommitStatusFailed', message });
  }
}

function unusable(message: string): SourceError {
  return new SourceError({ class: 'person', reason: 'InvalidSource', message });
}
