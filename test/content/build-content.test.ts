import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildContent, type Content } from '../../src/content/build-content.ts';
import { fileBytes } from '../../src/content/file-values.ts';
import type { FolderFile } from '../../src/content/folder-file.ts';
import { folder, type Given } from './files.ts';

const mountPath = '/etc/shop';

function accepted(files: readonly FolderFile[], at = mountPath): Content {
  const content = buildContent({ files, mountPath: at });
  if (content.kind !== 'ok') throw new Error(content.message);
  return content;
}

const element = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((text) => {
  const name = text.replaceAll(/[/\0]/g, '_').replace(/^\.+$/, '_').replace(/^\.\./, '_');
  return Buffer.byteLength(name) > 255 ? 'long' : name;
});
const path = fc.array(element, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const given = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 10 }).map((executable) => ({ executable })),
);
// A folder has no file and subfolder of one name.
const files = fc
  .uniqueArray(fc.tuple(path, given), { minLength: 1, maxLength: 12, selector: ([name]) => name })
  .map((list) => list.filter(([name]) => !list.some(([other]) => name.startsWith(`${other}/`))));

describe('laws', () => {
  test('the order of the files does not matter', () => {
    fc.assert(
      fc.property(files, fc.infiniteStream(fc.nat()), (list, random) => {
        const shuffled = list
          .map((entry) => ({ entry, rank: random.next().value }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ entry }) => entry);
        expect(accepted(folder(shuffled))).toEqual(accepted(folder(list)));
      }),
    );
  });

  test('data and binaryData decode to the very bytes, under distinct legal keys', () => {
    fc.assert(
      fc.property(files, (list) => {
        const content = accepted(folder(list));
        expect(content.files).toHaveLength(list.length);
        for (const file of content.files) {
          const original = folder(list.filter(([name]) => name === file.path))[0];
          expect(fileBytes(content.objects[0], file.key)).toEqual(original?.bytes);
          expect(file.executable).toBe(original?.kind === 'executable');
          expect(file.key).toMatch(/^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/);
        }
        const [{ data, binaryData }] = content.objects;
        const keys = [...Object.keys(data), ...Object.keys(binaryData)];
        expect(new Set(keys).size).toBe(list.length);
      }),
    );
  });

  test('other bytes, another path, mode or mount path give another hash', () => {
    fc.assert(
      fc.property(files, fc.nat(), (list, index) => {
        const at = index % list.length;
        const before = accepted(folder(list)).hash;
        const changed = (change: (file: FolderFile) => FolderFile): FolderFile[] =>
          folder(list).map((file, position) => (position === at ? change(file) : file));
        const longer = changed((file) => ({ ...file, bytes: Buffer.concat([file.bytes, Buffer.from('x')]) }));
        const renamed = changed((file) => ({
          ...file,
          path: Buffer.concat([file.path, Buffer.from('~new~')]),
        }));
        const other = changed((file) => ({ ...file, kind: file.kind === 'file' ? 'executable' : 'file' }));
        for (const files of [longer, renamed, other]) expect(accepted(files).hash).not.toBe(before);
        expect(accepted(folder(list), '/etc/other').hash).not.toBe(before);
        const more = [...folder(list), ...folder({ 'one more, of its own': '' })];
        expect(accepted(more).hash).not.toBe(before);
      }),
    );
  });

  test('it never throws, whatever the bytes of paths and files', () => {
    const kind = fc.constantFrom<FolderFile['kind']>('file', 'executable', 'symlink', 'submodule');
    const anything = fc.record({
      path: fc.uint8Array({ maxLength: 300 }),
      kind,
      bytes: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (list) => {
        expect(['ok', 'rejected']).toContain(buildContent({ files: list, mountPath }).kind);
      }),
    );
  });
});

test('the hash of a known folder never changes', () => {
  const content = accepted(
    folder({
      'app.yaml': 'a: 1\n',
      'conf.d/über uns.conf': 'x',
      'bin/run': { executable: '#!/bin/sh\n' },
      'logo.png': new Uint8Array([0x89, 0x50, 0, 0xff]),
      empty: '',
    }),
  );
  expect(content.hash).toBe('f87cffe10e6ca07d2c72410fb984b1c5ee3cda3dbf525eea1e130a177128879f');
  expect(content.files).toMatchInlineSnapshot(`
    [
      {
        "executable": false,
        "key": "app.yaml",
        "path": "app.yaml",
      },
      {
        "executable": true,
        "key": "path-57b94356302c8571-run",
        "path": "bin/run",
      },
      {
        "executable": false,
        "key": "path-ac906549b859b594-_ber_uns.conf",
        "path": "conf.d/über uns.conf",
      },
      {
        "executable": false,
        "key": "empty",
        "path": "empty",
      },
      {
        "executable": false,
        "key": "logo.png",
        "path": "logo.png",
      },
    ]
  `);
});

const mebibyte = 1024 * 1024;
const many = (count: number, name: (index: number) => string): Record<string, Given> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 'x']));

describe('refused, with words that name the file and the way out', () => {
  test.each<[string, FolderFile[], string, RegExp]>([
    ['an empty folder', [], 'PathEmpty', /holds no file.*spec\.path/],
    [
      'a symbolic link',
      [{ path: Buffer.from('a/link'), kind: 'symlink', bytes: Buffer.from('secret-target') }],
      'UnsupportedFile',
      /^a\/link: cannot become a file of a Pod: it is a symbolic link; put/,
    ],
    [
      'a submodule',
      [{ path: Buffer.from('vendor/lib'), kind: 'submodule', bytes: Buffer.alloc(0) }],
      'UnsupportedFile',
      /^vendor\/lib: .*submodule/,
    ],
    [
      'a name that is not UTF-8',
      [{ path: Buffer.from([0x61, 0xff]), kind: 'file', bytes: Buffer.alloc(0) }],
      'UnsupportedFile',
      /not valid UTF-8/,
    ],
    [
      'a first element that starts with two dots',
      folder({ '..data/x': '' }),
      'UnsupportedFile',
      /^\.\.data\/x: /,
    ],
    ['an element of 256 bytes', folder({ [`d/${'ä'.repeat(128)}`]: '' }), 'UnsupportedFile', /255 bytes/],
    [
      'a path of more than 4096 bytes',
      folder({ [Array.from({ length: 42 }, () => 'd'.repeat(99)).join('/')]: '' }),
      'UnsupportedFile',
      /4096 bytes/,
    ],
    ['a file that is a folder too', folder({ a: '', 'a/b': '' }), 'UnsupportedFile', /^a: .*file and folder/],
    ['the same path twice', [...folder({ a: '1' }), ...folder({ a: '2' })], 'UnsupportedFile', /^a: .*twice/],
    [
      'files of more than one MiB',
      folder({ small: 'x', 'data/big.bin': new Uint8Array(mebibyte + 1), larger: 'x'.repeat(mebibyte + 2) }),
      'TooLarge',
      /at most 1 MiB \(1048576 bytes\): "larger" is 1 MiB \(1048578 bytes\), "data\/big\.bin" is 1 MiB \(1048577 bytes\)\. Split/,
    ],
    [
      'more files with items than a Pod carries',
      folder(many(8_000, (index) => `some/folder/with/files/${index}`)),
      'TooLarge',
      /8000 files are in subfolders.*may be 512 KiB.*several folders/,
    ],
  ])('%s', (_, files, reason, message) => {
    const refused = buildContent({ files, mountPath, limits: { filesWithItems: 10_000 } });
    expect(refused).toMatchObject({ kind: 'rejected', reason, message: expect.stringMatching(message) });
    expect(JSON.stringify(refused)).not.toContain('secret-target');
  });
});

describe('accepted', () => {
  test.each<[string, FolderFile[]]>([
    ['exactly one MiB of binary values', folder({ 'big.bin': new Uint8Array(mebibyte) })],
    ['one MiB of control characters', folder({ text: '\u0001'.repeat(mebibyte) })],
    ['one MiB of quotes', folder({ text: '"'.repeat(mebibyte) })],
    ['2 000 files with items', folder(many(2_000, (index) => `d/${index}`))],
    ['5 000 flat files', folder(many(5_000, (index) => `${index}.conf`))],
    ['an element of 255 bytes', folder({ [`d/${'a'.repeat(255)}`]: '' })],
    ['a hidden file, and two dots further down', folder({ '.env': '', 'a/..b': '' })],
    ['names of object prototypes', folder({ __proto__x: '', constructor: '1', toString: '2' })],
  ])('%s', (_, files) => {
    const content = accepted(files);
    expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(3 * mebibyte);
  });

  test('what a Pod would not be given today, when it is made again', () => {
    const files = folder(many(8_000, (index) => `some/folder/with/files/${index}`));
    expect(accepted(files).files).toHaveLength(8_000);
  });

  test('a file named __proto__ is a file like any other', () => {
    const content = accepted(folder([['__proto__', 'x']]));
    expect(fileBytes(JSON.parse(JSON.stringify({ data: content.objects[0].data })), '__proto__')).toEqual(
      Buffer.from('x'),
    );
  });
});
