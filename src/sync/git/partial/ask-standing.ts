// Asks the server how a head stands to the published commit: commits only, and few bytes, or it stays unknown.
import type { CommitId } from '../../../api/identifiers.ts';
import { commitsOf, fetchDifference } from './difference.ts';
import { type Commits, type Standing, standingFrom, withBehind } from './history.ts';
import type { ObjectStore } from './object-store.ts';
import type { Fetch } from './session.ts';

// Some hundred commits. Who is further apart than that wants to know that, and not by how many.
const byteLimit = 64 * 1024;

/** `sent`: commits that the server has already sent as those that only the head has. Rejects as `Fetch` does. */
export async function askStanding(
  open: () => Promise<Fetch | undefined>,
  store: ObjectStore,
  commits: Commits,
  { head, published, sent }: { head: CommitId; published: CommitId; sent: ReadonlySet<string> | undefined },
): Promise<Standing> {
  const ask = async (want: CommitId, have: CommitId): Promise<ReadonlySet<string> | undefined> => {
    const fetch = await open();
    if (fetch === undefined) return undefined;
    const objects = await fetchDifference(fetch, { want, have, filter: 'tree:0', byteLimit });
    store.add(objects ?? []);
    return objects && commitsOf(objects);
  };
  const onlyHead = sent ?? (await ask(head, published));
  if (onlyHead === undefined) return { comparison: 'Unknown' };
  const standing = standingFrom(commits, onlyHead, head, published);
  if (standing.comparison === 'Ahead') return standing;
  const onlyPublished = await ask(published, head).catch(() => undefined);
  return onlyPublished === undefined
    ? standing
    : withBehind(standing, commits, onlyPublished, head, published);
}
