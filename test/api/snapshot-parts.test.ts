import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentHash } from '../../src/api/identifiers.ts';
import { parseSnapshot } from '../../src/api/snapshot.ts';
import { parsePart, partMetadata, partNames, type SnapshotShard } from '../../src/api/snapshot-parts.ts';

const hash = parseContentHash('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
if (hash === undefined) throw new Error('the test needs a hash');
const shard: SnapshotShard = {
  kind: 'shard',
  config: 'shop',
  hash,
  format: '1',
  index: 2,
  files: [{ key: 'k', path: 'a/b', executable: true }],
};
const environment = { kind: 'environment', config: 'shop', hash, format: '1' } as const;

describe('parts of a Snapshot', () => {
  it('are named by its base', () => {
    expect(partNames({ config: 'shop', hash, shards: 2, environment: ['A'] })).toEqual([
      'shop-9f86d081884c-1',
      'shop-9f86d081884c-2',
      'shop-9f86d081884c-env',
    ]);
    expect(partNames({ config: 'shop', hash, shards: 0, environment: undefined })).toEqual([]);
  });

  it('come back as they were, and are no base', () => {
    for (const part of [shard, environment]) {
      expect(parsePart(partMetadata(part))).toEqual(part);
      expect(parseSnapshot(partMetadata(part))).toBeUndefined();
    }
  });

  it('keep any number and any list of files', () => {
    const file = fc.record({ key: fc.string(), path: fc.string(), executable: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), fc.array(file), (index, files) => {
        expect(parsePart(partMetadata({ ...shard, index, files }))).toEqual({ ...shard, index, files });
      }),
    );
  });

  it.each([
    ['the name of the base', { name: 'shop-9f86d081884c' }],
    ['the name of another Snapshot', { name: 'shop-000000000000-2' }],
    ['a number with a zero before it', { name: 'shop-9f86d081884c-02' }],
    ['the number of the base', { name: 'shop-9f86d081884c-0' }],
    ['no label', { labels: {} }],
    ['no list of files', { annotations: { 'confroll.dev/hash': hash } }],
  ])('are not read from an object with %s', (_, change) => {
    expect(parsePart({ ...partMetadata(shard), ...change })).toBeUndefined();
  });
});
