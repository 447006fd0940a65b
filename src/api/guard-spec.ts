// What a GitConfig lets through although it looks like a mistake: likely secrets, and large changes.

export type LikelySecretsSpec = {
  /** Globs of files in which nothing is taken for a secret. */
  readonly allow?: readonly string[];
};

export type ChangeGuardSpec = {
  /** Of the published files, how many may be gone. Default: 50. */
  readonly maxRemovedPercent?: number;
  /** How many workloads may restart. Default: any number. */
  readonly maxWorkloads?: number;
};
