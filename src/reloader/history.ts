// PURE: `status.history`, which content was rolled out when, whose it was, and what became of it.

import { type HistoryEntry, maxHistory } from '../api/gitconfig.ts';
import type { Condition } from '../api/objects.ts';
import { timestamp } from '../lib/timestamp.ts';
import type { Provenance } from './snapshots.ts';

export type Accepted = { readonly hash: string; readonly revision: string };

/** Newest first. `now` in milliseconds since 1970. The same world gives the same list, whatever the time. */
export function nextHistory(
  before: readonly HistoryEntry[],
  seen: {
    /** The newest accepted content; undefined while there is none. */
    readonly accepted: Accepted | undefined;
    /** What its Snapshot says of itself, as far as it is known. */
    readonly about: Provenance | undefined;
    readonly rolledOut: Condition | undefined;
    readonly now: number;
  },
): readonly HistoryEntry[] {
  const { accepted, about, rolledOut, now } = seen;
  if (accepted === undefined) return before;
  const [newest, ...older] = before;
  const whose = about === undefined ? {} : { author: about.author, subject: about.subject };
  if (newest?.hash === accepted.hash) {
    // The watch of Snapshots may have been behind when it began.
    const known = newest.author === undefined ? whose : {};
    return [{ ...newest, ...known, result: resultOf(newest, rolledOut) }, ...older];
  }
  const entry: HistoryEntry = {
    ...accepted,
    ...whose,
    at: timestamp(now),
    result: resultOf(undefined, rolledOut),
  };
  const past = newest === undefined ? [] : [{ ...newest, result: endOf(newest) }, ...older];
  return [entry, ...past].slice(0, maxHistory);
}

// A drained node, or a crash a week later, is no news of the rollout.
function resultOf(known: HistoryEntry | undefined, rolledOut: Condition | undefined): HistoryEntry['result'] {
  if (known?.result === 'Succeeded' || rolledOut?.status === 'True') return 'Succeeded';
  return rolledOut?.reason === 'RolloutFailed' ? 'Failed' : 'RollingOut';
}

function endOf({ result }: HistoryEntry): HistoryEntry['result'] {
  return result === 'RollingOut' ? 'Superseded' : result;
}
