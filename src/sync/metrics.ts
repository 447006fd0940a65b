// What sync measures. No label names a repository, a GitConfig or a commit: those are without bound.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Folder, Progress, Resolved } from './source.ts';

export type SyncMetrics = {
  polled(outcome: Resolved, seconds: number): void;
  fetched(outcome: Folder, seconds: number): void;
  /** A fetch is under way until `end`. */
  fetchBegins(): { progress(progress: Progress): void; end(): void };
  received(bytes: number): void;
  published(outcome: string): void;
};

/** `oldestCheck`: seconds since 1970 of the look at Git that lies furthest back among all repositories' newest. */
export function createSyncMetrics(registry: Registry, oldestCheck: () => number | undefined): SyncMetrics {
  const registers = [registry];
  const polls = new Counter({
    name: 'confroll_git_polls_total',
    help: 'Looks at the branches of a repository, by outcome: success, or why not.',
    labelNames: ['outcome'],
    registers,
  });
  const pollDuration = new Histogram({
    name: 'confroll_git_poll_duration_seconds',
    help: 'Duration of a look at the branches of a repository.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers,
  });
  const fetches = new Counter({
    name: 'confroll_git_fetches_total',
    help: 'Fetches of a folder of a commit, by outcome: success, or why not.',
    labelNames: ['outcome'],
    registers,
  });
  const fetchDuration = new Histogram({
    name: 'confroll_git_fetch_duration_seconds',
    help: 'Duration of a fetch with the reading of the folder.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers,
  });
  const running = new Set<{ latest: Progress }>();
  const sum = (of: (progress: Progress) => number): number =>
    [...running].reduce((total, { latest }) => total + of(latest), 0);
  new Gauge({
    name: 'confroll_git_fetches_in_progress',
    help: 'Fetches that are under way.',
    registers,
    collect() {
      this.set(running.size);
    },
  });
  new Gauge({
    name: 'confroll_git_fetches_in_progress_bytes',
    help: 'Bytes received so far by the fetches that are under way.',
    registers,
    collect() {
      this.set(sum(({ bytes }) => bytes));
    },
  });
  new Gauge({
    name: 'confroll_git_fetches_in_progress_objects',
    help: 'Objects of Git received so far by the fetches that are under way.',
    registers,
    collect() {
      this.set(sum(({ objects }) => objects ?? 0));
    },
  });
  const received = new Counter({
    name: 'confroll_git_received_bytes_total',
    help: 'Bytes of answers of Git servers.',
    registers,
  });
  const publishes = new Counter({
    name: 'confroll_snapshots_published_total',
    help: 'Attempts to publish the content of a revision, by outcome: success, or why not.',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'confroll_git_last_check_timestamp_seconds',
    help: 'Time of the last successful look at Git; of several repositories, the one that was not seen for longest.',
    registers,
    collect() {
      const oldest = oldestCheck();
      if (oldest === undefined) this.reset();
      else this.set(oldest);
    },
  });
  return {
    polled(outcome, seconds) {
      polls.inc({ outcome: outcome.kind === 'ok' ? 'success' : outcome.reason });
      pollDuration.observe(seconds);
    },
    fetched(outcome, seconds) {
      fetches.inc({ outcome: fetchOutcome(outcome) });
      fetchDuration.observe(seconds);
    },
    fetchBegins() {
      const fetch: { latest: Progress } = { latest: { bytes: 0, objects: undefined } };
      running.add(fetch);
      return {
        progress: (latest) => {
          fetch.latest = latest;
        },
        end: () => void running.delete(fetch),
      };
    },
    received: (bytes) => received.inc(bytes),
    published: (outcome) => publishes.inc({ outcome }),
  };
}

function fetchOutcome(outcome: Folder): string {
  if (outcome.kind === 'ok') return 'success';
  return outcome.kind === 'moved' ? 'Moved' : outcome.reason;
}
