// Two histories that hold every kind of push once, each where it changes something: what random ones do in the long run.
import type { Entry, Push } from './git-histories.ts';

const empty: Entry = { kind: 'file', bytes: new Uint8Array() };
const text = (words: string): Entry => ({ kind: 'file', bytes: Buffer.from(words) });

/** What people do from day to day, with a submodule that is moved on and then moved away. */
export const dayToDay: Push[] = [
  { kind: 'submodule', path: 'shop/lib', commit: 0 },
  { kind: 'write', path: 'shop/a', entry: empty },
  { kind: 'change mode', path: 'shop/a' },
  { kind: 'submodule', path: 'shop/lib', commit: 2 },
  { kind: 'rename', from: 'shop/a', to: 'shop/ünïcode 名/a' },
  { kind: 'rename', from: 'shop/lib', to: 'shop/moved' },
  { kind: 'nothing' },
];

/** What rewrites the branch, and files that become folders and links. */
export const rewritten: Push[] = [
  { kind: 'merge', ours: 'shop/a', theirs: 'shop/b.conf' },
  { kind: 'write', path: 'shop/a/deep', entry: { kind: 'executable', bytes: Buffer.from('#!') } },
  { kind: 'delete', path: 'shop/ünïcode 名' },
  { kind: 'amend', path: 'shop/first', entry: { kind: 'symlink', target: '../other/a' } },
  { kind: 'reset', pushes: 2 },
  { kind: 'begin anew' },
  { kind: 'write', path: 'other/a', entry: text('outside of the folder') },
];
