// When nothing is short any more, GitConfigs still say Throttled until their next look, which may be a month away. This
// takes that back without one: all of them looking at once would be the next thing to be short of.
import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus } from '../kube/kube-error.ts';
import type { Clock } from '../lib/clock.ts';
import { createKeyedQueue } from '../lib/keyed-queue.ts';
import type { Log } from '../lib/log.ts';
import { applyStatus } from './apply-status.ts';
import { withoutThrottled } from './next-status.ts';

export type Calm = {
  /** To be told of each GitConfig as it is seen: an attempt may have written what was true when it ended. */
  note(config: GitConfig): void;
  /** To be called when nothing is short any more. */
  noteAll(): void;
  /** Until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
};

// A thousand GitConfigs are told within seconds, and the API server has its peace.
const workers = 4;

export function createCalm(deps: {
  readonly kube: Pick<Kube, 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly isShort: () => boolean;
  readonly list: () => readonly GitConfig[];
  readonly find: (key: string) => GitConfig | undefined;
  readonly onWritten: (config: GitConfig) => void;
}): Calm {
  const isDue = (config: GitConfig): boolean =>
    !deps.isShort() && findCondition(config, 'Throttled') !== undefined;

  const queue = createKeyedQueue({
    clock: deps.clock,
    workers,
    async reconcile(key, signal) {
      const config = deps.find(key);
      if (config === undefined || !isDue(config)) return;
      // An attempt may tell its own just now, with more in it.
      const only = { ifVersion: config.metadata.resourceVersion };
      const written = await applyStatus(config, withoutThrottled(config), deps.kube, signal, only);
      if (written !== undefined) deps.onWritten(written);
    },
    onError: (key, error) => {
      const level = isKubeStatus(error, 409) ? 'debug' : 'warn';
      deps.log[level]({ err: error, gitConfig: key }, 'GitConfig says Throttled for some time more');
    },
  });

  const note = (config: GitConfig): void => {
    const { namespace = '', name } = config.metadata;
    if (isDue(config)) queue.add(`${namespace}/${name}`);
  };

  return {
    note,
    noteAll() {
      for (const config of deps.list()) note(config);
    },
    run: queue.run,
  };
}
