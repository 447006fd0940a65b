// PURE: `status.remote`, what Git has beside what is published.

import { cleanLine } from '../api/clean-line.ts';
import { maxSubjects, type RemoteStatus, type SyncStatus } from '../api/gitconfig.ts';
import { formatRevision } from '../api/revision.ts';
import type { Attempt } from './attempt.ts';
import type { History } from './source.ts';

export function nextRemote(before: SyncStatus, attempt: Attempt): RemoteStatus | undefined {
  const { fetched, published, history } = attempt;
  if (fetched.kind === 'failed') return before.remote;
  const revision = formatRevision(fetched.revision);
  const known = before.remote?.revision === revision ? before.remote : undefined;
  if (history === undefined) {
    // Nothing was read, since nothing has changed; the status may be from before this field.
    const isPublished = published?.kind === 'settled' && before.revision === revision;
    return before.remote ?? (isPublished ? { revision, ...upToDate } : undefined);
  }
  const subjects = subjectsOf(history, known);
  const standing = published?.kind === 'published' ? upToDate : standingOf(history, known);
  return { revision, ...standing, ...(subjects.length === 0 ? {} : { subjects }) };
}

type Standing = Pick<RemoteStatus, 'comparison' | 'ahead' | 'behind'>;

const upToDate: Standing = { comparison: 'UpToDate', ahead: 0, behind: 0 };

// A server may tell less when it is asked again, after a restart for instance. What was known of this very revision is
// no less true then, and an unchanged world is not written to.
function standingOf({ comparison, ahead, behind }: History, known: RemoteStatus | undefined): Standing {
  const told: Standing = {
    comparison,
    ...(ahead === undefined ? {} : { ahead }),
    ...(behind === undefined ? {} : { behind }),
  };
  if (known === undefined || known.comparison === 'UpToDate') return told;
  const { ahead: knownAhead, behind: knownBehind } = known;
  if (comparison !== 'Unknown' && comparison !== known.comparison) return told;
  return {
    comparison: known.comparison,
    ...(knownAhead === undefined ? {} : { ahead: knownAhead }),
    ...(knownBehind === undefined ? {} : { behind: knownBehind }),
    ...(comparison === 'Unknown' ? {} : told),
  };
}

function subjectsOf({ subjects }: History, known: RemoteStatus | undefined): readonly string[] {
  const told = subjects.slice(0, maxSubjects).map(cleanLine);
  const before = known?.subjects ?? [];
  return before.length > told.length ? before : told;
}
