// How long and how much: every wait on a Git server ends, and every answer has a size.
import { maxContentLimits } from '../../api/content-limits.ts';

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
  /** A list of refs: held in memory and gone through in one go. */
  readonly refsBytes: number;
  /** Objects of one pack: files, folders and the commit. */
  readonly packObjects: number;
  /** All wanted files of all layers together. */
  readonly folderBytes: number;
  /** Files and subfolders of all layers together, those included that are left out. */
  readonly folderEntries: number;
};

/** For one request whose answer may begin so late. */
export function withPatience(limits: GitLimits, headMilliseconds: number | undefined): GitLimits {
  if (headMilliseconds === undefined || headMilliseconds <= limits.headMilliseconds) return limits;
  // A server that packs behind its first line sends next to nothing meanwhile.
  const lowSpeedMilliseconds = Math.max(limits.lowSpeedMilliseconds, headMilliseconds);
  return { ...limits, headMilliseconds, lowSpeedMilliseconds };
}

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
  // The longest list known to us, all refs of gitlab-org/gitlab, has 9.4 MB, and only servers without protocol version 2
  // send all. A quarter of a second is gone through it.
  refsBytes: 12 * 1024 * 1024,
  // Where a server gives no parts, the library reads the whole pack, in a thread of its own and slower the more there is:
  // on two busy cores 6 s and 240 MiB at 20 000 objects, 31 s and 385 MiB at 50 000, more than a minute and 800 MiB at
  // 100 000. Most of the memory is given back a few seconds afterwards.
  packObjects: 50_000,
  // What spec.limits.totalBytes may say at most; three times its default, so that the refusal can name the largest files.
  folderBytes: maxContentLimits.totalBytes,
  folderEntries: 20_000,
};
