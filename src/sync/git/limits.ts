// How long and how much: every wait on a Git server ends, and every answer has a size.

export type GitLimits = {
  /** Until the connection, TLS included, stands. */
  readonly connectMilliseconds: number;
  /** From there until the head of the answer. */
  readonly headMilliseconds: number;
  /** Between two pieces of the body. */
  readonly idleMilliseconds: number;
  /** So many bytes a second must come, on average over `lowSpeedMilliseconds`, once an answer has begun. */
  readonly lowSpeedBytesPerSecond: number;
  readonly lowSpeedMilliseconds: number;
  /** One request with its redirects. */
  readonly overallMilliseconds: number;
  /** A fetch with the reading of the folder. */
  readonly readMilliseconds: number;
  /** One answer; it is held in memory whole. */
  readonly answerBytes: number;
  /** Objects of one pack: files, folders and the commit. */
  readonly packObjects: number;
  /** All files of the wanted folder together. */
  readonly folderBytes: number;
  /** Files and subfolders of the wanted folder. */
  readonly folderEntries: number;
};

export const defaultGitLimits: GitLimits = {
  connectMilliseconds: 10_000,
  // A server that packs a large repository says nothing at first.
  headMilliseconds: 30_000,
  idleMilliseconds: 20_000,
  // What comes slower would not bring 60 KB in the overall time. No shorter window than the head's deadline: a server
  // that packs behind its first line sends five bytes every five seconds meanwhile.
  lowSpeedBytesPerSecond: 1_000,
  lowSpeedMilliseconds: 30_000,
  overallMilliseconds: 60_000,
  // Beyond the request it is only work in memory; this ends what a library never would.
  readMilliseconds: 120_000,
  // Reading a pack needs a few times its size, and the controller should live with a few hundred MiB.
  answerBytes: 64 * 1024 * 1024,
  // The library goes through a pack in one thread, in stretches in which nothing else runs, not even the renewal of the
  // leader's Lease: half a second at 20 000 objects, 5 to 11 s at 30 000, 27 s at 75 000. So many took 1.6 s on
  // two busy cores, which a Lease survives, and no folder of config needs them.
  packObjects: 25_000,
  // Far above what a ConfigMap holds, so that the refusal can name the largest files; far below what memory holds.
  folderBytes: 32 * 1024 * 1024,
  folderEntries: 20_000,
};
