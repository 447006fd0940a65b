// PURE: how a head stands to the published commit, as far as the commits at hand tell.
import type { CommitId } from '../../../api/identifiers.ts';
import type { History } from '../../source.ts';
import type { Commit } from './commit.ts';

export type Standing = Omit<History, 'subjects'>;
export type Commits = (oid: string) => Commit | undefined;

/** From the commits of earlier answers: undefined when they do not lead from one to the other. */
export function standingAtHand(
  commits: Commits,
  head: CommitId,
  published: CommitId | undefined,
): Standing | undefined {
  if (published === undefined) return { comparison: 'Unknown' };
  if (head === published) return { comparison: 'UpToDate', ahead: 0, behind: 0 };
  const ahead = between(commits, head, published);
  if (ahead !== undefined) return { comparison: 'Ahead', ahead, behind: 0 };
  const behind = between(commits, published, head);
  return behind === undefined ? undefined : { comparison: 'Behind', ahead: 0, behind };
}

/** From what the server sent when it was told that the published commit is here: all that only the head has. */
export function standingFrom(
  commits: Commits,
  sent: ReadonlySet<string>,
  head: CommitId,
  published: CommitId,
): Standing {
  if (!sent.has(head)) return { comparison: 'Behind', ahead: 0 };
  const { count, meets } = reach(commits, sent, head, published);
  return meets ? { comparison: 'Ahead', ahead: count, behind: 0 } : { comparison: 'Diverged', ahead: count };
}

/** The same, with what the server sent when it was asked the other way round. */
export function withBehind(
  standing: Standing,
  commits: Commits,
  sent: ReadonlySet<string>,
  head: CommitId,
  published: CommitId,
): Standing {
  if (!sent.has(published)) return standing;
  return { ...standing, behind: reach(commits, sent, published, head).count };
}

/** First lines of the newest commits that lead to the head, by the time they were committed, as `git log` has it. */
export function subjectsOf(commits: Commits, head: CommitId, count: number): string[] {
  return lastCommits(commits, head, count).map((oid) => commits(oid)?.subject ?? '');
}

export function lastCommits(commits: Commits, head: string, count: number): string[] {
  const found: string[] = [];
  const seen = new Set([head]);
  const waiting = [head];
  while (found.length < count) {
    const next = takeNewest(commits, waiting);
    if (next === undefined) break;
    found.push(next);
    for (const parent of commits(next)?.parents ?? []) {
      if (!seen.has(parent)) waiting.push(parent);
      seen.add(parent);
    }
  }
  return found;
}

// Commits that `from` has and `to` has not, if all of them are at hand.
function between(commits: Commits, from: string, to: string): number | undefined {
  const seen = new Set([from]);
  let meets = false;
  for (const oid of seen) {
    if (oid === to) {
      meets = true;
      continue;
    }
    const commit = commits(oid);
    if (commit === undefined) return undefined;
    for (const parent of commit.parents) seen.add(parent);
  }
  return meets ? seen.size - 1 : undefined;
}

function reach(
  commits: Commits,
  within: ReadonlySet<string>,
  from: string,
  to: string,
): { count: number; meets: boolean } {
  const seen = new Set([from]);
  let meets = false;
  for (const oid of seen) {
    for (const parent of commits(oid)?.parents ?? []) {
      if (parent === to) meets = true;
      else if (within.has(parent)) seen.add(parent);
    }
  }
  return { count: seen.size, meets };
}

// The first of those that are equally old: a parent is younger than its child only where a clock was wrong.
function takeNewest(commits: Commits, waiting: string[]): string | undefined {
  let best: { index: number; at: number } | undefined;
  for (const [index, oid] of waiting.entries()) {
    const commit = commits(oid);
    if (commit !== undefined && (best === undefined || commit.committedAt > best.at)) {
      best = { index, at: commit.committedAt };
    }
  }
  return best === undefined ? undefined : waiting.splice(best.index, 1)[0];
}
