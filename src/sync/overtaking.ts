// Ends the run of a GitConfig as soon as a person wants something else: a fetch may take an hour, and its server may hang.
import type { GitConfig } from '../api/gitconfig.ts';
import type { Reconcile } from './reconcile.ts';
import { isStillWanted } from './wanted.ts';

export type Overtaking = {
  readonly reconcile: Reconcile;
  /** `find` gives something else for that key now. Whoever calls it brings the next run as well. */
  changed(key: string): void;
};

type Run = { readonly config: GitConfig; readonly stop: AbortController };

export function createOvertaking(
  reconcile: Reconcile,
  find: (key: string) => GitConfig | undefined,
): Overtaking {
  const runs = new Map<string, Run>();
  return {
    async reconcile(key, signal) {
      const config = find(key);
      if (config === undefined) return await reconcile(key, signal);
      const stop = new AbortController();
      runs.set(key, { config, stop });
      try {
        return await reconcile(key, AbortSignal.any([signal, stop.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (!stop.signal.aborted) throw error;
        return undefined;
      } finally {
        runs.delete(key);
      }
    },
    changed(key) {
      const run = runs.get(key);
      if (run !== undefined && !isStillWanted(run.config, find(key))) run.stop.abort(new Error('overtaken'));
    },
  };
}
