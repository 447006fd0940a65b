// How a head stands to the published commit, over graphs of commits: what is told is true.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommitId, parseCommitId } from '../../../../src/api/identifiers.ts';
import {
  type Commits,
  standingAtHand,
  standingFrom,
  subjectsOf,
  withBehind,
} from '../../../../src/sync/git/partial/history.ts';

const id = (index: number): CommitId => {
  const parsed = parseCommitId(index.toString(16).padStart(40, '0'));
  if (parsed === undefined) throw new Error('no id');
  return parsed;
};

/** Parents by index; a child is behind its parents. */
const graphs = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: 2, maxLength: 14 })
  .map((rows) =>
    rows.map(([one, other, isMerge], index) => {
      if (index === 0) return [];
      return [...new Set(isMerge ? [one % index, other % index] : [one % index])];
    }),
  );

function commitsOf(parents: readonly (readonly number[])[], isKnown = (_: number) => true): Commits {
  return (oid) => {
    const index = Number.parseInt(oid, 16);
    const own = parents[index];
    if (own === undefined || !isKnown(index)) return undefined;
    return { tree: '', author: '', committedAt: index, subject: `commit ${index}`, parents: own.map(id) };
  };
}

function ancestors(parents: readonly (readonly number[])[], of: number): Set<number> {
  const found = new Set([of]);
  for (const index of found) for (const parent of parents[index] ?? []) found.add(parent);
  return found;
}

function truth(parents: readonly (readonly number[])[], head: number, published: number) {
  const [ours, theirs] = [ancestors(parents, head), ancestors(parents, published)];
  const ahead = [...ours].filter((index) => !theirs.has(index));
  const behind = [...theirs].filter((index) => !ours.has(index));
  const comparison =
    ahead.length === 0
      ? behind.length === 0
        ? 'UpToDate'
        : 'Behind'
      : behind.length === 0
        ? 'Ahead'
        : 'Diverged';
  return { comparison, ahead, behind } as const;
}

describe('the standing', () => {
  test('is true when the server sends what only one of them has', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (parents, one, other) => {
        const [head, published] = [one % parents.length, other % parents.length];
        fc.pre(head !== published);
        const { comparison, ahead, behind } = truth(parents, head, published);
        const sent = new Set<string>(ahead.map(id));
        const back = new Set<string>(behind.map(id));
        const commits = commitsOf(parents, (index) => sent.has(id(index)) || back.has(id(index)));
        const standing = standingFrom(commits, sent, id(head), id(published));
        expect(standing).toMatchObject({ comparison, ahead: ahead.length });
        const both = withBehind(standing, commits, back, id(head), id(published));
        expect(both).toEqual({ comparison, ahead: ahead.length, behind: behind.length });
      }),
    );
  });

  test('is told without the server only where the commits at hand lead from one to the other', () => {
    const line = [[], [0], [1], [2], [3]];
    const known = commitsOf(line, (index) => index >= 2);
    expect(standingAtHand(known, id(4), id(2))).toEqual({ comparison: 'Ahead', ahead: 2, behind: 0 });
    expect(standingAtHand(known, id(2), id(4))).toEqual({ comparison: 'Behind', ahead: 0, behind: 2 });
    expect(standingAtHand(known, id(3), id(3))).toEqual({ comparison: 'UpToDate', ahead: 0, behind: 0 });
    expect(standingAtHand(known, id(4), id(0))).toBeUndefined();
    expect(standingAtHand(known, id(4), undefined)).toEqual({ comparison: 'Unknown' });
    // A side branch that ends in what is not known.
    expect(
      standingAtHand(
        commitsOf([[], [0], [1], [2, 0]], (index) => index >= 2),
        id(3),
        id(2),
      ),
    ).toBeUndefined();
  });
});

test('the subjects are those of the newest commits, as far as they are known', () => {
  const parents = [[], [0], [0], [1], [2, 3], [4]];
  expect(subjectsOf(commitsOf(parents), id(5), 5)).toEqual([5, 4, 3, 2, 1].map((index) => `commit ${index}`));
  expect(
    subjectsOf(
      commitsOf(parents, (index) => index !== 3),
      id(5),
      5,
    ),
  ).toEqual([5, 4, 2, 0].map((index) => `commit ${index}`));
  expect(subjectsOf(commitsOf([]), id(5), 5)).toEqual([]);
});
