// PURE: whether a change is larger than a person expects of one commit, so that somebody should say that it is meant.

/** More than half of the files gone is mostly a wrong folder, or a merge that went wrong. */
export const defaultMaxRemovedPercent = 50;

export type Change = {
  /** Paths that Pods have now, and that they would have. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** How many workloads would be restarted; undefined while nobody has counted them. */
  readonly workloads: number | undefined;
};

export type ChangeLimits = {
  /** Of the files that are there now. */
  readonly maxRemovedPercent: number;
  /** Undefined: any number. */
  readonly maxWorkloads: number | undefined;
};

export type Excess = {
  readonly removed?: {
    readonly percent: number;
    /** In the order of `before`. */
    readonly paths: readonly string[];
    readonly of: number;
  };
  readonly workloads?: number;
};

/** What is beyond the limits; undefined when nothing is. A file that was renamed is gone: Pods look for it in vain. */
export function excessOf({ before, after, workloads }: Change, limits: ChangeLimits): Excess | undefined {
  const kept = new Set(after);
  const paths = before.filter((path) => !kept.has(path));
  // In whole numbers: a third of three files is not a little more than 33.33 %.
  const isRemovedBeyond = paths.length * 100 > limits.maxRemovedPercent * before.length;
  const isRestartedBeyond =
    workloads !== undefined && limits.maxWorkloads !== undefined && workloads > limits.maxWorkloads;
  if (!isRemovedBeyond && !isRestartedBeyond) return undefined;
  // Rounded up, so that what is beyond a limit never looks like the limit.
  const percent = Math.ceil((paths.length * 100) / Math.max(before.length, 1));
  return {
    ...(isRemovedBeyond ? { removed: { percent, paths, of: before.length } } : {}),
    ...(isRestartedBeyond ? { workloads } : {}),
  };
}
