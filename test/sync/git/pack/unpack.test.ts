// The pack reader against packs of real git, and against packs that nobody should have made.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initBareRepository, runGit } from '../../../../local/git-server/git.ts';
import { checkPack } from '../../../../src/sync/git/pack/check-pack.ts';
import { PackError } from '../../../../src/sync/git/pack/pack-error.ts';
import { unpack } from '../../../../src/sync/git/pack/unpack.ts';
import { defaultUnpackLimits as limits } from '../../../../src/sync/git/pack/unpack-limits.ts';
import { testSize } from '../../../support/size.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'confroll-pack-'));
  initBareRepository(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Versions of one text, each a line longer: what git makes deltas of. */
const versions = (count: number, lines = 60): string[] =>
  Array.from({ length: count }, (_, version) =>
    Array.from({ length: lines + version }, (_, line) => `${line} ${(line * 7919) % 104_729}\n`).join(''),
  );

async function write(contents: readonly (string | Uint8Array)[]): Promise<string[]> {
  const ids: string[] = [];
  for (const content of contents) {
    const id = await runGit(directory, ['hash-object', '-w', '--stdin'], Buffer.from(content));
    ids.push(id.toString('utf8').trim());
  }
  return ids;
}

async function pack(ids: readonly string[], ...flags: string[]): Promise<Buffer> {
  return runGit(directory, ['pack-objects', '--stdout', '-q', ...flags], Buffer.from(`${ids.join('\n')}\n`));
}

function errorOf(bytes: Uint8Array, own = limits): PackError {
  try {
    unpack(bytes, own);
  } catch (error) {
    if (error instanceof PackError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const contentsOf = (bytes: Uint8Array): Map<string, string> =>
  new Map(unpack(bytes, limits).map((object) => [object.oid, object.bytes.toString('latin1')]));

test('what git packs is what is read, whatever kind of delta it makes', async () => {
  const lines = fc.array(fc.constantFrom('a', 'bb', 'key = value', 'é', '\0'), { maxLength: 60 });
  const flags = fc.subarray(['--delta-base-offset', '--no-reuse-delta', '--window=50', '--depth=200']);
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 8 }), flags, async (texts, options) => {
      const ids = [...new Set(await write(texts.map((each) => each.join('\n'))))];
      const read = unpack(await pack(ids, ...options), limits);
      expect(read.map(({ oid }) => oid).sort()).toEqual([...ids].sort());
      for (const { oid, type, bytes } of read) {
        expect(bytes.equals(await runGit(directory, ['cat-file', type, oid]))).toBe(true);
      }
    }),
    { numRuns: testSize({ usual: 8, full: 100 }) },
  );
});

test.each([[['--delta-base-offset']], [[]]])('reads deep chains of deltas (%j)', async (flags) => {
  const texts = versions(150);
  const ids = await write(texts);
  const packed = await pack(ids, '--window=200', '--depth=4095', ...flags);
  expect(packed.length).toBeLessThan(texts.join('').length / 20);
  expect(contentsOf(packed)).toEqual(new Map(ids.map((id, index) => [id, texts[index]])));
});

test('reads commits, trees and tags of a history', async () => {
  const [blob = ''] = await write(['x']);
  const tree = await runGit(directory, ['mktree'], Buffer.from(`100644 blob ${blob}\tx\n`));
  const root = tree.toString('utf8').trim();
  const commit = (await runGit(directory, ['commit-tree', root, '-m', 'first'])).toString('utf8').trim();
  await runGit(directory, ['tag', '-f', '-a', '-m', 'tag', 'v1', commit]);
  const tag = (await runGit(directory, ['rev-parse', 'v1'])).toString('utf8').trim();
  const read = unpack(await pack([commit, root, blob, tag]), limits);
  expect(new Map(read.map(({ oid, type }) => [oid, type]))).toEqual(
    new Map([
      [commit, 'commit'],
      [root, 'tree'],
      [blob, 'blob'],
      [tag, 'tag'],
    ]),
  );
});

describe('a damaged pack', () => {
  let packed: Buffer;
  beforeAll(async () => {
    packed = await pack(await write(versions(6, 8)), '--delta-base-offset');
  });

  test('is refused wherever it is cut', () => {
    for (let length = 0; length < packed.length; length += 1) {
      expect(errorOf(packed.subarray(0, length)).kind).toBe('malformed');
      // Cut by somebody who makes the checksum right.
      if (length < packed.length - 20)
        expect(() => unpack(seal(packed.subarray(0, length)), limits)).toThrow(PackError);
    }
  });

  test('never gives an object under the name of another', () => {
    const whole = contentsOf(packed);
    fc.assert(
      fc.property(fc.nat(packed.length - 21), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const broken = Buffer.from(packed);
        broken[at] = (broken[at] ?? 0) ^ bits;
        expect(errorOf(broken)).toBeInstanceOf(PackError);
        const sealed = seal(broken.subarray(0, -20));
        try {
          for (const { oid, bytes } of unpack(sealed, limits)) {
            if (whole.has(oid)) expect(bytes.toString('latin1')).toBe(whole.get(oid));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(PackError);
        }
      }),
      { numRuns: testSize({ usual: 400, full: 10_000 }) },
    );
  });

  test('says what it is, and nothing of what is in it', () => {
    expect(errorOf(Buffer.from('<html><body>sign in, please: a web page</body></html>')).message).toContain(
      'no pack at all',
    );
    expect(errorOf(Buffer.concat([packed.subarray(0, -20), Buffer.alloc(20)])).message).toContain('checksum');
  });
});

describe('a pack made to harm', () => {
  const megabyte = 1024 * 1024;
  const small = { objects: 10, objectBytes: megabyte, totalBytes: 2 * megabyte };
  const first = entry(3, 5, 'hello');

  test.each<[string, Buffer, PackError['kind']]>([
    ['a count beyond the limit', seal(head(4_000_000_000)), 'tooLarge'],
    ['a count beyond its objects', seal(Buffer.concat([head(2), first])), 'malformed'],
    ['more than it announces', seal(Buffer.concat([head(1), first, first])), 'malformed'],
    ['an unknown version', seal(Buffer.from('PACK\0\0\0\x04\0\0\0\0', 'latin1')), 'malformed'],
    ['an unknown type', seal(Buffer.concat([head(1), entry(5, 5, 'hello')])), 'malformed'],
    ['an object beyond the limit', seal(Buffer.concat([head(1), entry(3, 2 * megabyte, 'x')])), 'tooLarge'],
    ['a size without end', seal(Buffer.concat([head(1), Buffer.alloc(40, 0xff)])), 'tooLarge'],
    ['a stream longer than its size', seal(Buffer.concat([head(1), entry(3, 4, 'hello')])), 'malformed'],
    ['a stream shorter than its size', seal(Buffer.concat([head(1), entry(3, 6, 'hello')])), 'malformed'],
    [
      'a bomb behind a small size',
      seal(Buffer.concat([head(1), entry(3, 10, Buffer.alloc(200 * megabyte))])),
      'malformed',
    ],
    [
      'many objects that are too much together',
      seal(Buffer.concat([head(3), ...[1, 2, 3].map(() => entry(3, megabyte, Buffer.alloc(megabyte)))])),
      'tooLarge',
    ],
    ['a delta bomb', delta(Buffer.from([5, ...size(64 * megabyte), 0x90, 5])), 'tooLarge'],
    ['a delta of a base of another size', delta(Buffer.from([6, 5, 0x90, 5])), 'malformed'],
    ['a delta that copies from beyond', delta(Buffer.from([5, 5, 0x91, 3, 5])), 'malformed'],
    ['a delta with too long a result', delta(Buffer.from([5, 4, 0x90, 5])), 'malformed'],
    ['a delta with too short a result', delta(Buffer.from([5, 6, 0x90, 5])), 'malformed'],
    ['a delta with the reserved instruction', delta(Buffer.from([5, 5, 0])), 'malformed'],
    ['a delta that is cut', delta(Buffer.from([5, 5, 7, 65])), 'malformed'],
    ['a delta without sizes', delta(Buffer.from([0x80])), 'malformed'],
    ['a delta to nothing', seal(Buffer.concat([head(1), refDelta('1'.repeat(40), 'x')])), 'malformed'],
  ])('%s is refused', (_, bytes, kind) => {
    expect(errorOf(bytes, small).kind).toBe(kind);
    if (kind === 'tooLarge') expect(() => checkPack(bytes, small)).toThrow(PackError);
  });

  test('finds a base that comes after its deltas', () => {
    const base = createHash('sha1').update('blob 5\0hello').digest('hex');
    const packed = seal(
      Buffer.concat([head(3), refDelta(base, Buffer.from([5, 5, 0x90, 5])), refDelta(base, turned), first]),
    );
    expect(
      unpack(packed, small)
        .map(({ bytes }) => bytes.toString())
        .sort(),
    ).toEqual(['hello', 'hello', 'lohel']);
  });

  const turned = Buffer.from([5, 5, 0x91, 3, 2, 0x90, 3]);
  function delta(instructions: Buffer): Buffer {
    const distance = Buffer.from([first.length]);
    const begin = Buffer.from([(6 << 4) | instructions.length]);
    return seal(Buffer.concat([head(2), first, begin, distance, deflateSync(instructions)]));
  }
});

function head(objects: number): Buffer {
  const bytes = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  bytes.writeUInt32BE(objects, 8);
  return bytes;
}

function seal(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

function size(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...size(Math.floor(value / 128))];
}

function entry(type: number, claimed: number, content: string | Uint8Array): Buffer {
  const rest = Math.floor(claimed / 16);
  const first = (type << 4) | (claimed % 16) | (rest > 0 ? 128 : 0);
  return Buffer.concat([
    Buffer.from([first, ...(rest > 0 ? size(rest) : [])]),
    deflateSync(Buffer.from(content)),
  ]);
}

function refDelta(base: string, instructions: string | Uint8Array): Buffer {
  const bytes = Buffer.from(instructions);
  return Buffer.concat([
    Buffer.from([(7 << 4) | bytes.length]),
    Buffer.from(base, 'hex'),
    deflateSync(bytes),
  ]);
}
