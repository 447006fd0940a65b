// Publishing and collecting never meet: what a publish has begun with, or found and counts on, is not collected until the
// status names it. Only the leader does either, so what is under way is known here.
import { untilAborted } from '../../lib/until-aborted.ts';

export type Claims = {
  /** From now on nothing of that name is collected, until `release`. Waits for a collection that is under way. */
  claim(key: string, name: string, signal: AbortSignal): Promise<void>;
  /** All that the GitConfig has claimed. */
  release(key: string): void;
  /** Nobody claims anything for that GitConfig while `collect` runs; not run when the name is claimed. */
  unlessClaimed(key: string, name: string, collect: () => Promise<void>): Promise<'done' | 'claimed'>;
};

/** `key`: namespace and name of a GitConfig, whether or not there is one. */
export function createClaims(): Claims {
  const claimed = new Map<string, Set<string>>();
  const collecting = new Map<string, Promise<void>>();
  return {
    async claim(key, name, signal) {
      for (let busy = collecting.get(key); busy !== undefined; busy = collecting.get(key)) {
        await untilAborted(busy, signal);
      }
      const names = claimed.get(key) ?? new Set();
      claimed.set(key, names.add(name));
    },
    release: (key) => void claimed.delete(key),
    async unlessClaimed(key, name, collect) {
      if (claimed.get(key)?.has(name) === true) return 'claimed';
      const run = collect();
      const done = run.then(
        () => {},
        () => {},
      );
      collecting.set(key, done);
      try {
        await run;
      } finally {
        collecting.delete(key);
      }
      return 'done';
    },
  };
}
