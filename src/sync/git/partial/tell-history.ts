// How a head stands to the published commit: from what is at hand, and else from the server, once.
import type { CommitId } from '../../../api/identifiers.ts';
import type { History } from '../../source.ts';
import { askStanding } from './ask-standing.ts';
import { type Commits, type Standing, standingAtHand, subjectsOf } from './history.ts';
import type { ObjectStore } from './object-store.ts';
import type { Fetch } from './session.ts';

export type TellHistory = (
  between: {
    readonly head: CommitId;
    readonly published: CommitId | undefined;
    /** Commits that the server has sent as those that only the head has. */
    readonly sent: ReadonlySet<string> | undefined;
  },
  open: () => Promise<Fetch | undefined>,
) => Promise<History>;

// As many as status.remote shows.
const subjects = 5;
// Readers of several folders ask for the same, one after the other.
const maxStandings = 64;

export function createTellHistory(store: ObjectStore, commits: Commits): TellHistory {
  const standings = new Map<string, Standing>();

  return async ({ head, published, sent }, open) => {
    const key = `${head} ${published}`;
    const known = standings.get(key) ?? standingAtHand(commits, head, published);
    // It is an ornament: whatever is wrong with the server by now, the folder is read.
    const standing =
      known === undefined && published !== undefined
        ? await askStanding(open, store, commits, { head, published, sent }).catch(() => undefined)
        : known;
    if (standing !== undefined) standings.set(key, standing);
    for (const oldest of standings.keys()) {
      if (standings.size <= maxStandings) break;
      standings.delete(oldest);
    }
    return { ...(standing ?? { comparison: 'Unknown' }), subjects: subjectsOf(commits, head, subjects) };
  };
}
