// The hash is for ever: known content has a known one, and whatever a Pod sees makes another.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHash, type HashedFile, type HashedVariable } from '../../src/content/content-hash.ts';
import { testSize } from '../support/size.ts';

const numRuns = testSize({ usual: 300, full: 20_000 });
const file: HashedFile = { path: 'app.yaml', executable: false, bytes: Buffer.from('a: 1\n') };
const variable: HashedVariable = { name: 'A', value: '1' };

/** SHA-256 over the parts, each behind its length in eight bytes. */
function hashOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
    hash.update(length).update(part);
  }
  return hash.digest('hex');
}

describe('content', () => {
  test('without variables has the hash that it had before there were any', () => {
    const expected = hashOf('1', '/etc/shop', 'app.yaml', 'file', 'a: 1\n');
    expect(contentHash('/etc/shop', [file])).toBe(expected);
    expect(contentHash('/etc/shop', [file], [])).toBe(expected);
  });

  test('with variables has them in front, by name', () => {
    const two = [variable, { name: 'B', value: '' }];
    const parts = ['environment 2', 'A', '1', 'B', '', '1', '/etc/shop', 'app.yaml', 'file', 'a: 1\n'];
    expect(contentHash('/etc/shop', [file], two)).toBe(hashOf(...parts));
    expect(contentHash('/etc/shop', [file], two.toReversed())).toBe(hashOf(...parts));
  });

  test('of other variables or other files has another hash', () => {
    const text = fc.oneof(
      fc.constantFrom('', '1', 'A', 'file', 'executable', 'environment 1', '/etc/shop'),
      fc.string(),
    );
    const content = fc.record({
      mountPath: text,
      files: fc.uniqueArray(
        fc
          .record({ path: text, executable: fc.boolean(), text })
          .map(({ text: bytes, ...rest }) => ({ ...rest, bytes: Buffer.from(bytes) })),
        { maxLength: 3, selector: ({ path }) => path },
      ),
      environment: fc.uniqueArray(fc.record({ name: text, value: text }), {
        maxLength: 3,
        selector: ({ name }) => name,
      }),
    });
    type Given = typeof content extends fc.Arbitrary<infer T> ? T : never;
    const hashed = ({ mountPath, files, environment }: Given) => contentHash(mountPath, files, environment);
    const canonical = ({ mountPath, files, environment }: Given): string =>
      JSON.stringify([
        mountPath,
        files.map(({ path, executable, bytes }) => [path, executable, bytes.toString()]).sort(),
        environment.map(({ name, value }) => [name, value]).sort(),
      ]);
    fc.assert(
      fc.property(content, content, (one, other) => {
        expect(hashed(one) === hashed(other)).toBe(canonical(one) === canonical(other));
      }),
      { numRuns },
    );
  });
});
