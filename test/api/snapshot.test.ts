import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentHash } from '../../src/api/identifiers.ts';
import { parseSnapshot, type Snapshot, snapshotMetadata } from '../../src/api/snapshot.ts';

const hash = parseContentHash('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
if (hash === undefined) throw new Error('the test needs a hash');

const snapshot: Snapshot = {
  config: 'shop',
  hash,
  format: '1',
  mountPath: '/etc/shop',
  revision: 'main@sha1:4fe1c02d4fe1c02d4fe1c02d4fe1c02d4fe1c02d',
  author: 'Ann',
  subject: 'raise the timeout',
  files: [
    { key: 'app.yaml', path: 'app.yaml', executable: false },
    { key: 'k', path: 'a/b', executable: false },
    { key: 'run.sh', path: 'run.sh', executable: true },
  ],
  shards: 0,
};

describe('snapshot metadata', () => {
  it('is named by config and hash', () => {
    expect(snapshotMetadata(snapshot)).toMatchObject({
      name: 'shop-9f86d081884c',
      labels: { 'confroll.dev/config': 'shop' },
    });
  });

  it('comes back as it was', () => {
    expect(parseSnapshot(snapshotMetadata(snapshot))).toEqual(snapshot);
  });

  it('keeps any file list', () => {
    const file = fc.record({
      key: fc.string({ minLength: 1 }),
      path: fc.string({ minLength: 1 }),
      executable: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(file), (files) => {
        expect(parseSnapshot(snapshotMetadata({ ...snapshot, files }))?.files).toEqual(files);
      }),
    );
  });

  it('cleans and cuts what a commit says of itself', () => {
    const { annotations } = snapshotMetadata({
      ...snapshot,
      author: '\u001b[31mAnn\u0007',
      subject: 'é'.repeat(300),
    });
    expect(annotations['confroll.dev/author']).toBe('[31mAnn');
    expect(annotations['confroll.dev/subject']).toBe('é'.repeat(200));
  });

  it.each([
    ['another name', { name: 'shop-000000000000' }],
    ['no label', { labels: {} }],
    ['no annotations', { annotations: {} }],
    [
      'a broken file list',
      { annotations: { ...snapshotMetadata(snapshot).annotations, 'confroll.dev/files': '{' } },
    ],
  ])('is not read from an object with %s', (_, change) => {
    expect(parseSnapshot({ ...snapshotMetadata(snapshot), ...change })).toBeUndefined();
  });
});
