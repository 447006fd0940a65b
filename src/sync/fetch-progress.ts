// What is told of a fetch while it is under way: at once to the metrics, and of a slow one every now and then to people.

import type { FetchingStatus } from '../api/gitconfig.ts';
import type { Clock } from '../lib/clock.ts';
import { timestamp } from '../lib/timestamp.ts';
import type { SyncMetrics } from './metrics.ts';
import type { Progress } from './source.ts';

export type WatchedFetch = {
  /** Its turn has come: from now on it is measured. Who waits for a turn is told of as well, with nothing received. */
  begin(): void;
  progress(progress: Progress): void;
  /** Waits for what is just being told. Safe without `begin`. */
  end(): Promise<void>;
};

// Most fetches end before anybody could read of them.
const slowMilliseconds = 2_000;
// Each time is a write to the API server.
const againMilliseconds = 10_000;

/** `onSlow` must not reject. */
export function watchFetch(options: {
  readonly clock: Clock;
  readonly metrics: Pick<SyncMetrics, 'fetchBegins'>;
  readonly revision: string;
  readonly onSlow: (fetching: FetchingStatus) => Promise<void>;
}): WatchedFetch {
  const { clock, revision } = options;
  const over = new AbortController();
  let seen: Progress = { bytes: 0, objects: undefined };
  let measured: ReturnType<SyncMetrics['fetchBegins']> | undefined;

  const tell = async (since: string): Promise<void> => {
    for (let wait = slowMilliseconds; ; wait = againMilliseconds) {
      // The signal's only reason is that the fetch has ended.
      await clock.sleep(wait, over.signal).catch(() => {});
      if (over.signal.aborted) return;
      const { bytes, objects } = seen;
      await options.onSlow({ revision, bytes, ...(objects === undefined ? {} : { objects }), since });
    }
  };

  const telling = tell(timestamp(clock.now()));
  return {
    begin() {
      measured = options.metrics.fetchBegins();
    },
    progress(progress) {
      seen = progress;
      measured?.progress(progress);
    },
    async end() {
      over.abort();
      measured?.end();
      await telling;
    },
  };
}
