import { describe, expect, it } from 'vitest';
import { type Decision, decide, type PinFacts } from '../../src/reloader/decide.ts';

/** A workload that runs on the newest content, `b`; Git was at `a` before. */
const settled: PinFacts = {
  asked: true,
  newest: 'b',
  wanted: 'b',
  stable: 'b',
  pin: 'b',
  rolled: 'b',
  held: undefined,
  otherWriter: false,
  rolledExists: true,
  pinLost: false,
};
const failedNewest = { newest: 'c', wanted: 'b' };

const rows: readonly [string, Partial<PinFacts>, Decision][] = [
  ['asks no more: labels off', { asked: false }, { kind: 'clearLabels', row: 'asks no more' }],
  [
    'asks no more, whatever else: labels off',
    { asked: false, pin: 'a', held: 'b', pinLost: true },
    { kind: 'clearLabels', row: 'asks no more' },
  ],
  [
    'no GitConfig, or nothing accepted: nothing',
    { newest: undefined, wanted: undefined, stable: undefined, pinLost: true },
    { kind: 'nothing', row: 'nothing accepted' },
  ],
  [
    'no Pin, never had one: the stable hash',
    { pin: undefined, rolled: undefined, stable: 'a' },
    { kind: 'setPin', row: 'no Pin', to: 'a' },
  ],
  ['no Pin, had one: that one', { pin: undefined, rolled: 'a' }, { kind: 'setPin', row: 'no Pin', to: 'a' }],
  [
    'no Pin, had one that is gone: the stable hash',
    { pin: undefined, rolled: 'a', rolledExists: false },
    { kind: 'setPin', row: 'no Pin', to: 'b' },
  ],
  [
    'no Pin on a held workload: what it was held on',
    { pin: undefined, rolled: 'a', held: 'b' },
    { kind: 'setPin', row: 'no Pin', to: 'a' },
  ],
  [
    'no Pin and nothing to set',
    { pin: undefined, rolled: undefined, stable: undefined },
    { kind: 'nothing', row: 'no Pin' },
  ],
  [
    'lost: to the wanted hash',
    { pin: 'a', rolled: 'a', pinLost: true },
    { kind: 'move', row: 'lost', to: 'b' },
  ],
  [
    'lost, even held: to the wanted hash',
    { pin: 'a', rolled: 'a', held: 'b', otherWriter: true, pinLost: true },
    { kind: 'move', row: 'lost', to: 'b' },
  ],
  [
    'lost, and nothing is wanted: nothing',
    { pin: 'a', wanted: undefined, pinLost: true },
    { kind: 'nothing', row: 'lost' },
  ],
  ['newest, and remembered: nothing', {}, { kind: 'nothing', row: 'newest' }],
  [
    'newest, not remembered: remember',
    { rolled: 'a' },
    { kind: 'mark', row: 'newest', rolled: 'b', held: undefined },
  ],
  [
    'newest, held: Git came to the same content, the hold ends',
    { held: 'c' },
    { kind: 'mark', row: 'newest', rolled: 'b', held: undefined },
  ],
  [
    'without memory, ours in managedFields: move',
    { pin: 'a', rolled: undefined },
    { kind: 'move', row: 'ours without memory', to: 'b' },
  ],
  [
    'without memory, on the wanted hash that is not the newest: remember',
    { ...failedNewest, rolled: undefined },
    { kind: 'mark', row: 'ours without memory', rolled: 'b', held: undefined },
  ],
  [
    'without memory, written by somebody else: held',
    { pin: 'a', rolled: undefined, otherWriter: true },
    { kind: 'mark', row: 'chosen by somebody', rolled: 'a', held: 'b' },
  ],
  [
    'without memory, but held: stays held',
    { pin: 'a', rolled: undefined, held: 'b' },
    { kind: 'mark', row: 'chosen by somebody', rolled: 'a', held: 'b' },
  ],
  [
    'differs from what was rolled (undo): held',
    { pin: 'a', otherWriter: true },
    { kind: 'mark', row: 'chosen by somebody', rolled: 'a', held: 'b' },
  ],
  [
    'undone again while held: held on the new choice',
    { pin: 'a', rolled: 'c', held: 'c', otherWriter: true },
    { kind: 'mark', row: 'chosen by somebody', rolled: 'a', held: 'b' },
  ],
  [
    'undone onto the wanted hash while the newest has failed: held',
    { ...failedNewest, rolled: 'c', otherWriter: true },
    { kind: 'mark', row: 'chosen by somebody', rolled: 'b', held: 'c' },
  ],
  ['held: hold', { pin: 'a', rolled: 'a', held: 'b', otherWriter: true }, { kind: 'hold', row: 'held' }],
  [
    'held since an older commit: hold through the next one',
    { pin: 'a', rolled: 'a', held: '0', otherWriter: true },
    { kind: 'hold', row: 'held' },
  ],
  ['wanted, the newest has failed: done', failedNewest, { kind: 'nothing', row: 'wanted' }],
  ['behind: move', { pin: 'a', rolled: 'a' }, { kind: 'move', row: 'ours', to: 'b' }],
  [
    'behind, released by a person who once chose it: move',
    { pin: 'a', rolled: 'a', otherWriter: true },
    { kind: 'move', row: 'ours', to: 'b' },
  ],
  [
    'on the newest that has failed: back to the wanted one',
    { ...failedNewest, pin: 'c', rolled: 'c' },
    { kind: 'move', row: 'ours', to: 'b' },
  ],
  [
    'behind, and everything has failed: nothing',
    { pin: 'a', rolled: 'a', wanted: undefined },
    { kind: 'nothing', row: 'ours' },
  ],
];

describe('the table', () => {
  it.each(rows)('%s', (_, facts, decision) => {
    expect(decide({ ...settled, ...facts })).toEqual(decision);
  });
});
