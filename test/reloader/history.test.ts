// What stands in status.history, from what the reloader saw.
import { expect, test } from 'vitest';
import { type HistoryEntry, maxHistory } from '../../src/api/gitconfig.ts';
import type { Condition } from '../../src/api/objects.ts';
import { nextHistory } from '../../src/reloader/history.ts';

const now = Date.UTC(2026, 1, 2, 2, 2, 2);
const condition = (status: Condition['status'], reason: string): Condition => ({
  type: 'RolledOut',
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-02-02T02:02:02Z',
});
const rolling = condition('False', 'Progressing');
const done = condition('True', 'Succeeded');
const failed = condition('False', 'RolloutFailed');
const about = { revision: 'main@sha1:a', author: 'Ada <ada@example.com>', subject: 'raise the timeout' };

const after = (
  before: readonly HistoryEntry[],
  hash: string,
  rolledOut: Condition = rolling,
  at = now,
): readonly HistoryEntry[] =>
  nextHistory(before, { accepted: { hash, revision: `main@sha1:${hash}` }, about, rolledOut, now: at });
const results = (history: readonly HistoryEntry[]) => history.map(({ hash, result }) => `${hash} ${result}`);

test('a content stands there once, with whose it was, since when, and what became of it', () => {
  const begun = after([], 'a');
  expect(begun).toEqual([
    {
      hash: 'a',
      revision: 'main@sha1:a',
      author: about.author,
      subject: about.subject,
      at: '2026-02-02T02:02:02Z',
      result: 'RollingOut',
    },
  ]);
  expect(after(begun, 'a', rolling, now + 60_000)).toEqual(begun);
  const succeeded = after(begun, 'a', done, now + 60_000);
  expect(succeeded).toEqual([{ ...begun[0], result: 'Succeeded' }]);
  expect(after(succeeded, 'a', rolling)).toEqual(succeeded);
});

test('one that the next overtakes is superseded, one that failed stays failed', () => {
  expect(results(after(after([], 'a'), 'b'))).toEqual(['b RollingOut', 'a Superseded']);
  expect(results(after(after([], 'a', failed), 'b', done))).toEqual(['b Succeeded', 'a Failed']);
  expect(results(after(after([], 'a', failed), 'a', done))).toEqual(['a Succeeded']);
});

test('the same content once more, after another, is another entry', () => {
  expect(results(after(after(after([], 'a', done), 'b', done), 'a'))).toEqual([
    'a RollingOut',
    'b Succeeded',
    'a Succeeded',
  ]);
});

test('whose it was is filled in when the Snapshot is seen later', () => {
  const seen = { accepted: { hash: 'a', revision: 'main@sha1:a' }, rolledOut: rolling, now };
  const unknown = nextHistory([], { ...seen, about: undefined });
  expect(unknown[0]?.author).toBeUndefined();
  expect(nextHistory(unknown, { ...seen, about })).toEqual(after([], 'a'));
});

test('nothing is written while nothing is accepted, and old ones go', () => {
  const nothing = { accepted: undefined, about: undefined, rolledOut: rolling, now };
  expect(nextHistory([], nothing)).toEqual([]);
  let history: readonly HistoryEntry[] = [];
  for (let index = 0; index < maxHistory + 5; index += 1) history = after(history, String(index), done);
  expect(history).toHaveLength(maxHistory);
  expect(nextHistory(history, nothing)).toBe(history);
});
