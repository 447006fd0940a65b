// Commit objects as Git and others have written them over the years.
import { expect, test } from 'vitest';
import { parseCommit } from '../../../../src/sync/git/partial/commit.ts';

const [tree, parent, other] = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
const head = `tree ${tree}\nparent ${parent}\n`;
const committer = 'committer Bob <b@x> 1700000000 +0100\n';

test.each<[string, string | Buffer, object]>([
  [
    'one as most are',
    `${head}author Ada Lovelace <ada@x> 1600000000 +0000\n${committer}\nsubject\n\nbody\n`,
    { tree, parents: [parent], author: 'Ada Lovelace', committedAt: 1_700_000_000, subject: 'subject' },
  ],
  [
    'a merge with a signature and a merged tag',
    `${head}parent ${other}\nauthor A <a> 1 +0000\n${committer}gpgsig -----BEGIN\n parent ${tree}\n \n -----END\nmergetag object ${other}\n tree ${other}\n\nmerge\n`,
    { tree, parents: [parent, other], subject: 'merge' },
  ],
  [
    'one in another encoding',
    Buffer.from(`${head}author J\xf6rg <j> 1 +0\n${committer}encoding ISO-8859-1\n\n\xfcber\n`, 'latin1'),
    { author: 'Jörg', subject: 'über' },
  ],
  [
    'one in an encoding that nobody knows',
    `${head}author Jörg <j> 1 +0\n${committer}encoding of-martians\n\nüber\n`,
    { author: 'Jörg', subject: 'über' },
  ],
  [
    'one without an author',
    `tree ${tree}\n\nsubject`,
    { parents: [], author: '', committedAt: 0, subject: 'subject' },
  ],
  ['one without a message', `${head}author A <a> 1 +0\n${committer}`, { author: 'A', subject: '' }],
  ['one whose message begins with empty lines', `${head}\n\n\nsubject\n`, { subject: 'subject' }],
  ['one whose author has no mail', `${head}author nobody\n\ns`, { author: '' }],
])('%s', (_, bytes, commit) => {
  expect(parseCommit(Buffer.from(bytes))).toMatchObject(commit);
});

test.each(['', 'hello', `parent ${parent}\n\nsubject`, 'tree 123\n\nsubject'])('%j is no commit', (text) => {
  expect(() => parseCommit(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'malformed' }));
});
