// What people are told of a GitConfig: its status, and Events and log lines where that changes.

import type { FetchingStatus, GitConfig } from '../api/gitconfig.ts';
import type { KubeObject } from '../api/objects.ts';
import type { Kube } from '../kube/api.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { applyStatus } from './apply-status.ts';
import type { Attempt } from './attempt.ts';
import {
  currentStatus,
  nextStatus,
  type SyncWish,
  statusAtRest,
  statusWhileFetching,
} from './next-status.ts';
import { subjectOf } from './subject-of.ts';
import { transitions } from './transitions.ts';

export type TellDeps = {
  readonly kube: Pick<Kube, 'patch'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly events: EventRecorder;
  /** The newest GitConfig that is known; undefined when it is gone. */
  readonly find: (key: string) => GitConfig | undefined;
  readonly onWritten: (config: KubeObject & GitConfig) => void;
};

export type Tell = {
  /** Rejects when the API server does not answer. */
  attempt(config: GitConfig, attempt: Attempt, signal: AbortSignal): Promise<void>;
  /** A fetch is under way and takes long. It is news, no more: never rejects. */
  slowFetch(config: GitConfig, fetching: FetchingStatus, signal: AbortSignal): Promise<void>;
  /** Takes back what does not hold where Git is not looked at: a fetch whose end nobody told, and that looks are fewer. */
  atRest(config: GitConfig, signal: AbortSignal): Promise<void>;
};

export function createTell(deps: TellDeps): Tell {
  /** With the status that was written since the run began. */
  const newestOf = (config: GitConfig): GitConfig => {
    const { namespace = '', name, uid } = config.metadata;
    const known = deps.find(`${namespace}/${name}`);
    return known?.metadata.uid === uid && known !== undefined ? known : config;
  };

  const write = async (config: GitConfig, wish: SyncWish, signal: AbortSignal): Promise<boolean> => {
    const written = await applyStatus(config, wish, deps.kube, signal);
    if (written !== undefined) deps.onWritten(written);
    return written !== undefined;
  };

  return {
    async attempt(started, attempt, signal) {
      const config = newestOf(started);
      const before = currentStatus(config);
      const wish = nextStatus(config, attempt, deps.clock.now());
      const isWritten = await write(config, wish, signal);
      // Of what was made again no status tells.
      if (!isWritten && (attempt.absent?.restored ?? []).length === 0) return;
      const { name, namespace = '' } = config.metadata;
      for (const { type, reason, message } of transitions(before, wish, attempt)) {
        const fields = { namespace, name, reason, revision: wish.lastAttemptedRevision, why: message };
        const isFailure = reason === 'FetchFailed' || reason === 'PublishFailed';
        deps.log[type === 'Warning' ? 'warn' : 'info'](
          fields,
          isFailure ? 'GitConfig failed' : 'GitConfig changed',
        );
        deps.events.record({ subject: subjectOf(config), type, reason, message });
      }
    },
    async slowFetch(started, fetching, signal) {
      const { namespace, name } = started.metadata;
      deps.log.info({ namespace, name, ...fetching }, 'fetch is under way');
      try {
        const config = newestOf(started);
        await write(config, statusWhileFetching(config, fetching, deps.clock.now()), signal);
      } catch (error) {
        if (!signal.aborted) deps.log.debug({ err: error, namespace, name }, 'progress could not be told');
      }
    },
    async atRest(config, signal) {
      await write(config, statusAtRest(config, deps.clock.now()), signal);
    },
  };
}
