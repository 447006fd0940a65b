// What becomes of each hash that workloads name and whose Snapshot is absent.
import { describe, expect, it } from 'vitest';
import { parseContentHash } from '../../../src/api/identifiers.ts';
import type { Handled } from '../../../src/sync/handle-revision.ts';
import { restoreAbsent } from '../../../src/sync/retention/restore-absent.ts';
import { hash12 } from './snapshots.ts';

const history = { comparison: 'Unknown', subjects: [] } as const;
const refused = (more: object): Handled => ({
  kind: 'refused',
  reason: 'PathNotFound',
  message: 'no such folder',
  history,
  ...more,
});
const moved: Handled = { kind: 'moved', message: 'the commit was not sent' };
const failed = (failure: 'retry' | 'person' | 'change'): Handled => ({
  kind: 'failed',
  class: failure,
  reason: 'Unreachable',
  message: 'no answer',
});

function published(digit: string): Handled {
  const hash = parseContentHash(digit.repeat(64));
  if (hash === undefined) throw new Error('no hash');
  return { kind: 'published', hash, name: 'x', fileCount: 1, history };
}

// Commits of a: 1 and 2; of b: 3.
const revisions = ['1', '2', '3'].map((digit) => ({
  revision: `main@sha1:${digit.repeat(40)}`,
  hash: hash12(digit === '3' ? 'b' : 'a'),
}));

async function outcome(
  answers: Readonly<Record<string, Handled>>,
  given: {
    missing?: string[];
    lost?: string[];
    tryLost?: boolean;
    gone?: Set<string>;
    there?: string[];
  } = {},
) {
  const { missing = [hash12('a')], lost = [], tryLost = false, gone = new Set<string>(), there = [] } = given;
  const reads: string[] = [];
  const restoring = await restoreAbsent(
    { hash: hash12('f'), revisions, missing, lost },
    { memory: { gone }, tryLost, isThere: (hash) => there.includes(hash) },
    async ({ commit }) => {
      const digit = commit.slice(0, 1);
      reads.push(digit);
      return answers[digit] ?? moved;
    },
  );
  if (restoring.kind === 'overtaken') return 'overtaken';
  const { absent, retry } = restoring;
  const words = absent.lost.map(
    ({ hash, why }) => `lost ${hash.slice(0, 1)}${why === undefined ? '' : `: ${why}`}`,
  );
  const found = [...absent.restored.map((hash) => `restored ${hash.slice(0, 1)}`), ...words];
  return [...found, ...(retry ? ['again'] : []), `read ${reads.join('')}`].join(', ');
}

describe('a hash whose Snapshot is absent', () => {
  it.each<[string, Promise<string>, RegExp]>([
    ['is made again from its newest commit', outcome({ 1: published('a') }), /^restored a, read 1$/],
    ['or from an older one', outcome({ 1: refused({}), 2: published('a') }), /^restored a, read 12$/],
    [
      'is lost when no known commit had it',
      outcome({}, { missing: [hash12('c')] }),
      /^lost c: no commit in status.revisions or status.history had it, read $/,
    ],
    [
      'is lost when it is no hash',
      outcome({}, { missing: ['zzz'] }),
      /^lost z: no content has a hash like that, read $/,
    ],
    [
      'is lost when the spec of today makes other content of its commits',
      outcome({ 1: refused({ differs: true }), 2: refused({ differs: true }) }),
      /^lost a: main@sha1:2222222 gives other content with the spec of today .*, read 12$/,
    ],
    [
      'is lost when its commits are refused',
      outcome({ 1: refused({}), 2: refused({}) }),
      /^lost a: main@sha1:2222222 cannot be published .*: no such folder, read 12$/,
    ],
    ['is tried once more when its commits did not come', outcome({}), /^again, read 12$/],
    [
      'is lost when they did not come the second time either',
      outcome({}, { gone: new Set([hash12('a')]) }),
      /^lost a: the server does not give main@sha1:2222222 any more, read 12$/,
    ],
    ['waits while Git cannot be reached', outcome({ 1: failed('retry') }), /^again, read 1$/],
    ['waits for a person who mends the credential', outcome({ 1: failed('person') }), /^read 1$/],
    [
      'is gone with a commit that the server does not know',
      outcome({ 1: failed('change'), 2: published('a') }),
      /^restored a, read 12$/,
    ],
    [
      'waits while the API server refuses it',
      outcome({ 1: refused({ reason: 'PublishFailed' }) }),
      /^again, read 1$/,
    ],
    [
      'waits while an object that is not ours has its name',
      outcome({ 1: refused({ reason: 'NameTaken' }) }),
      /^read 1$/,
    ],
    [
      'that is known to be lost is not tried again',
      outcome({ 1: published('a') }, { lost: [hash12('a')] }),
      /^lost a, read $/,
    ],
    [
      'but when a person hopes so',
      outcome({ 1: published('a') }, { lost: [hash12('a')], tryLost: true }),
      /^restored a, read 1$/,
    ],
    [
      'is not said to be lost twice',
      outcome({ 1: refused({}), 2: refused({}) }, { lost: [hash12('a')], tryLost: true }),
      /^lost a, read 12$/,
    ],
    [
      'that was lost stays so while Git cannot be reached',
      outcome({ 1: failed('retry') }, { lost: [hash12('a')], tryLost: true }),
      /^lost a, again, read 1$/,
    ],
    [
      'that is not missing any more is not lost any more',
      outcome({}, { missing: [], lost: [hash12('a')] }),
      /^read $/,
    ],
    ['that is there is left alone', outcome({}, { there: [hash12('a')] }), /^read $/],
    [
      'that is the newest accepted is made again with the newest commit',
      outcome({}, { missing: [hash12('f')] }),
      /^read $/,
    ],
    ['ends when a person wants something else', outcome({ 1: { kind: 'overtaken' } }), /^overtaken$/],
  ])('%s', async (_, words, expected) => {
    expect(await words).toMatch(expected);
  });

  it('is one of many: the others have their turn', async () => {
    const given = { missing: [hash12('c'), hash12('a'), hash12('b')] };
    const words = await outcome({ 1: published('a'), 3: failed('retry') }, given);
    expect(words).toBe(
      'restored a, lost c: no commit in status.revisions or status.history had it, again, read 13',
    );
  });
});
