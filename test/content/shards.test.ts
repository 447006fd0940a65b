// Content of several objects: nothing is lost, nothing depends on order, and no object is more than the API server takes.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { needsItem } from '../../src/api/snapshot-files.ts';
import { buildContent, type Content } from '../../src/content/build-content.ts';
import { fileBytes } from '../../src/content/file-values.ts';
import type { FolderFile } from '../../src/content/folder-file.ts';
import { snapshotObjects } from '../../src/sync/snapshot-objects.ts';
import { testSize } from '../support/size.ts';
import { folder, type Given } from './files.ts';

const mountPath = '/etc/shop';
const mebibyte = 1024 * 1024;
// The longest that a commit can say of itself, in the most bytes.
const provenance = {
  config: 'c'.repeat(52),
  mountPath,
  revision: `${'b'.repeat(244)}@sha256:${'a'.repeat(64)}`,
  author: '\u{1f642}'.repeat(300),
  subject: '"'.repeat(300),
};
const numRuns = testSize({ usual: 25, full: 500 });

function accepted(files: readonly FolderFile[]): Content {
  const content = buildContent({ files, mountPath });
  if (content.kind !== 'ok') throw new Error(content.message);
  return content;
}

const random = Buffer.alloc(mebibyte, createHash('sha512').update('random').digest());
const text = Buffer.from('key: "value"\n'.repeat(90_000)).subarray(0, mebibyte);
const controls = Buffer.from('\u0001\u0002"\n'.repeat(300_000)).subarray(0, mebibyte);
const bytes = fc
  .tuple(
    fc.constantFrom(random, text, controls),
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
      fc.integer({ min: 0, max: mebibyte }),
    ),
  )
  .map(([from, length]) => from.subarray(0, length));
const name = fc.oneof(
  fc.constantFrom('app.yaml', 'a/b', 'über uns/"quoted"\u0001', `d/${'ü'.repeat(120)}`, 'n'.repeat(253)),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((part) => part.replaceAll(/[/\0.]/g, '_')),
);
const given: fc.Arbitrary<Given> = fc.oneof(
  bytes,
  bytes.map((executable) => ({ executable })),
);
const files = fc
  .array(fc.tuple(name, given), { minLength: 1, maxLength: 14 })
  .map((list) => list.map(([path, content], at): [string, Given] => [`${at}${path}`, content]));

describe('laws', () => {
  test('objects joined give the input, each file once, in order of the paths', () => {
    fc.assert(
      fc.property(files, (list) => {
        const content = accepted(folder(list));
        const original = new Map(folder(list).map((file) => [Buffer.from(file.path).toString(), file]));
        const found = content.objects.flatMap((object) => object.files.map((file) => ({ object, file })));
        expect(found.map(({ file }) => file)).toEqual(content.files);
        expect(found).toHaveLength(list.length);
        for (const { object, file } of found) {
          const wanted = original.get(file.path);
          expect(fileBytes(object, file.key)?.equals(wanted?.bytes ?? Buffer.from('none'))).toBe(true);
          expect(file.executable).toBe(wanted?.kind === 'executable');
        }
        for (const { data, binaryData, files: own } of content.objects) {
          expect(Object.keys(data).length + Object.keys(binaryData).length).toBe(own.length);
        }
        expect(new Set(content.files.map(({ key }) => key)).size).toBe(list.length);
      }),
      { numRuns },
    );
  });

  test('the order of the files changes neither hash nor layout', () => {
    fc.assert(
      fc.property(files, fc.infiniteStream(fc.nat()), (list, ranks) => {
        const shuffled = list
          .map((entry) => ({ entry, rank: ranks.next().value }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ entry }) => entry);
        const [one, other] = [accepted(folder(list)), accepted(folder(shuffled))];
        expect(one.hash).toBe(other.hash);
        expect(digestOf(one)).toBe(digestOf(other));
      }),
      { numRuns },
    );
  });

  test('every object is under every limit', () => {
    fc.assert(
      fc.property(files, (list) => isUnderLimits(accepted(folder(list)))),
      { numRuns },
    );
  });
});

const many = (count: number, path: (index: number) => string, content: Given = 'x'): FolderFile[] =>
  folder(Array.from({ length: count }, (_, index) => [path(index), content]));
const padded = (index: number): string => String(index).padStart(5, '0');

test.each<[string, FolderFile[], number[]]>([
  ['exactly one MiB', many(2, (index) => `${index}`, random.subarray(0, mebibyte / 2)), [2]],
  ['one byte more', folder({ a: random, b: 'x' }), [1, 1]],
  ['a large one between small ones', folder({ a: 'x', b: random, c: 'x' }), [1, 1, 1]],
  ['files of one MiB of quotes', many(3, (index) => `${index}`, '"'.repeat(mebibyte)), [1, 1, 1]],
  ['files with items', many(4_001, (index) => `d/${padded(index)}`), [2_000, 2_000, 1]],
  [
    'an executable file behind more plain ones than may have items',
    [...many(2_500, padded), ...folder({ z: { executable: 'x' } })],
    [2_500, 1],
  ],
  [
    'lists of paths that no annotation holds',
    many(2_000, (index) => `d/${'p'.repeat(90)}${padded(index)}`),
    [1_142, 858],
  ],
  [
    'long names that are keys',
    many(4_000, (index) => `${'k'.repeat(220)}${padded(index)}`, random.subarray(0, 200)),
    [1_112, 1_113, 1_113, 662],
  ],
])('%s', (_, list, counts) => {
  const content = accepted(list);
  isUnderLimits(content);
  expect(content.objects.map((object) => object.files.length)).toEqual(counts);
});

test('the layout of known content never changes', () => {
  const one = folder({ 'app.yaml': 'a: 1\n', 'conf.d/über uns.conf': 'x', 'bin/run': { executable: '#!' } });
  const several = [
    ...one,
    ...many(3, (index) => `large/${index}`, random.subarray(0, 700_000)),
    ...many(2_100, (index) => `small/${padded(index)}`, text.subarray(0, 500)),
    ...folder({ 'z.txt': controls.subarray(0, 400_000) }),
  ];
  expect(accepted(several).objects.map((object) => object.files.length)).toMatchInlineSnapshot(`
    [
      4,
      1,
      698,
      1403,
      1,
    ]
  `);
  expect([digestOf(accepted(one)), digestOf(accepted(several))]).toMatchInlineSnapshot(`
    [
      "230328ffc921ac51605d48487d5ef95c8e6f6fd818290e1f9a6006b1f5e6e7ed",
      "7e37fba054e5d6ac5263809d15b5354ffa28c43e00935a5caec04e1fd6e91a51",
    ]
  `);
});

function digestOf(content: Content): string {
  const objects = snapshotObjects({ ...provenance, content });
  return createHash('sha256').update(JSON.stringify(objects)).digest('hex');
}

/** Counted anew, from the bodies of the requests. */
function isUnderLimits(content: Content): void {
  for (const { metadata, data, binaryData } of snapshotObjects({ ...provenance, content })) {
    const bytesOf = (texts: readonly string[]): number =>
      texts.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
    const annotations = bytesOf(Object.entries(metadata.annotations).flat());
    expect(annotations).toBeLessThanOrEqual(256 * 1024);
    const decoded = Object.values(binaryData).reduce(
      (sum, each) => sum + Buffer.byteLength(each, 'base64'),
      0,
    );
    const values = bytesOf(Object.values(data)) + decoded;
    expect(values).toBeLessThanOrEqual(mebibyte);
    const keys = bytesOf([...Object.keys(data), ...Object.keys(binaryData)]);
    expect(values + annotations + 2 * keys).toBeLessThanOrEqual(1.5 * mebibyte);
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data, binaryData };
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(3 * mebibyte);
  }
  for (const { files: listed } of content.objects) {
    if (listed.some(needsItem)) expect(listed.length).toBeLessThanOrEqual(2_000);
  }
}
