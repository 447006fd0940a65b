// Where the folders that are followed were read last: what is at hand, and where the next read begins.
import type { CommitId } from '../../../api/identifiers.ts';
import type { Clock } from '../../../lib/clock.ts';

export type Tip = {
  readonly commit: CommitId;
  /** Of folders or files. */
  readonly paths: readonly string[];
};

export type Tips = {
  note(key: string, tip: Tip): void;
  /** A commit of which most is at hand: best one that the same reader had, or else the one that is published. */
  base(key: string, published: CommitId | undefined): CommitId | undefined;
  /** What the next reads begin from or will want, the most wanted first. */
  wanted(): Tip[];
  clear(): void;
};

// A folder that nobody has read for so long belongs to nobody any more, or to a branch without commits.
const tipMilliseconds = 24 * 3_600_000;
// Each of them is walked through when there is something to let go.
const maxTips = 256;

export function createTips(clock: Pick<Clock, 'monotonic'>): Tips {
  // The one that was read last is the last.
  const tips = new Map<string, Tip & { readonly readAt: number }>();

  return {
    note(key, tip) {
      tips.delete(key);
      tips.set(key, { ...tip, readAt: clock.monotonic() });
    },
    base(key, published) {
      const commits = [...tips.values()].map(({ commit }) => commit);
      return tips.get(key)?.commit ?? commits.find((commit) => commit === published) ?? commits.at(-1);
    },
    wanted() {
      const oldest = clock.monotonic() - tipMilliseconds;
      for (const [key, { readAt }] of tips) {
        if (tips.size > maxTips || readAt < oldest) tips.delete(key);
      }
      const all = [...tips.values()].reverse();
      const [newest] = all;
      if (newest === undefined) return [];
      // Each folder in the newest commit first: others who follow it read that next.
      const paths = [...new Set(all.flatMap((tip) => tip.paths))];
      return [{ commit: newest.commit, paths }, ...all];
    },
    clear: () => tips.clear(),
  };
}
