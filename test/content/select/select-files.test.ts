// Which files of which layer stay: by hand, and as laws over any layers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FolderFile } from '../../../src/content/folder-file.ts';
import { type Layer, leavesOut, nothingLeft, selectFiles } from '../../../src/content/select/select-files.ts';
import { type Selection, wholeFolder } from '../../../src/content/select/selection.ts';

type Entry = Pick<FolderFile, 'path' | 'kind'> & { readonly layer: string };

function layer(path: string, files: readonly string[], ignore?: string | Uint8Array): Layer<Entry> {
  const entries = files.map((file) => ({ path: Buffer.from(file), kind: 'file' as const, layer: path }));
  return { path, entries, ignore: ignore === undefined ? undefined : Buffer.from(ignore) };
}

const all: Selection = { ...wholeFolder(''), ignoreFiles: true };

function select(layers: readonly Layer<Entry>[], more: Partial<Selection> = {}) {
  const selected = selectFiles(layers, { ...all, ...more });
  if (selected.kind === 'rejected') throw new Error(selected.message);
  const shown = (entries: readonly Entry[]) =>
    entries.map((entry) => `${entry.layer}:${Buffer.from(entry.path).toString()}`).toSorted();
  return { files: shown(selected.files), others: shown(selected.others) };
}

describe('layers', () => {
  test('the later one wins, file by file', () => {
    const layers = [layer('base', ['a', 'b', 'd/e']), layer('prod', ['b', 'd/f'])];
    expect(select(layers).files).toEqual(['base:a', 'base:d/e', 'prod:b', 'prod:d/f']);
  });

  test('the later one wins where a name is a file in one and a folder in the other', () => {
    expect(select([layer('base', ['a', 'b']), layer('prod', ['a/x'])]).files).toEqual(['base:b', 'prod:a/x']);
    expect(select([layer('base', ['a/x/y', 'a/z', 'ab']), layer('prod', ['a'])]).files).toEqual([
      'base:ab',
      'prod:a',
    ]);
    const three = [layer('1', ['a/x']), layer('2', ['a']), layer('3', ['a/y'])];
    expect(select(three).files).toEqual(['3:a/y']);
  });

  test('what is left out of a later one does not replace anything', () => {
    const layers = [layer('base', ['a']), layer('prod', ['a', '.confrollignore'], 'a\n')];
    expect(select(layers).files).toEqual(['base:a']);
  });

  test('a name that is there twice in one layer is left for whoever refuses it', () => {
    expect(select([layer('base', ['a']), layer('prod', ['a', 'a'])]).files).toEqual(['prod:a', 'prod:a']);
  });
});

describe('include and exclude', () => {
  const files = ['app.yaml', 'conf/a.yaml', 'conf/b.md', '.hidden', 'test/x.yaml'];
  test.each<[string, Partial<Selection>, string[]]>([
    ['nothing', {}, ['.hidden', 'app.yaml', 'conf/a.yaml', 'conf/b.md', 'test/x.yaml']],
    ['include', { include: ['**/*.yaml'] }, ['app.yaml', 'conf/a.yaml', 'test/x.yaml']],
    ['exclude', { exclude: ['test/', '*'] }, ['conf/a.yaml', 'conf/b.md']],
    [
      'both: what is excluded is never there',
      { include: ['conf/**'], exclude: ['**/*.md'] },
      ['conf/a.yaml'],
    ],
  ])('%s', (_, more, expected) => {
    expect(select([layer('', files)], more).files).toEqual(expected.map((each) => `:${each}`));
  });

  test('names that are no UTF-8 can be left out', () => {
    const entry = { path: Buffer.from([0xff, 0x2e, 0x62]), kind: 'file', layer: '' } as const;
    const layers = [{ path: '', entries: [entry], ignore: undefined }];
    expect(select(layers).files).toHaveLength(1);
    expect(select(layers, { exclude: ['*.b'] }).files).toEqual([]);
  });

  test('files that are wanted beside them are told, of the layer that wins', () => {
    const layers = [layer('base', ['s.json', 'a']), layer('prod', ['s.json', 'b'])];
    const selected = select(layers, { exclude: ['*.json'], also: ['s.json', 'a', 'none'] });
    expect(selected).toEqual({ files: ['base:a', 'prod:b'], others: ['prod:s.json'] });
  });

  test('one that is not understood is refused, with where it stands', () => {
    const selected = selectFiles([layer('', ['a'])], { ...all, include: ['(a)'], exclude: ['!b'] });
    expect(selected).toMatchObject({
      kind: 'rejected',
      reason: 'Invalid',
      message: expect.stringMatching(
        /^2 errors: spec\.exclude: glob "!b" begins with '!'.*\nspec\.include: glob "\(a\)" has a '\('/,
      ),
    });
  });

  test('nothing left is said in words', () => {
    const layers = [layer('', ['a', 'b'])];
    expect(select(layers, { exclude: ['**'] }).files).toEqual([]);
    expect(nothingLeft(layers)).toMatchObject({
      reason: 'PathEmpty',
      message: expect.stringMatching(/^none of the 2 files is left: .*spec\.exclude.*correct them/),
    });
    expect(nothingLeft([layer('', [])])).toBeUndefined();
  });
});

describe('.confrollignore', () => {
  const files = [
    '.confrollignore',
    'a.md',
    'docs/a.md',
    'docs/x/b.txt',
    'x',
    'y/x/z',
    'end ',
    '#a',
    'conf/app',
  ];
  test.each<[string, string, string[]]>([
    ['a name, at any depth, with all below it', 'x', ['a.md', 'docs/a.md', 'end ', '#a', 'conf/app']],
    ['a glob without a slash', '*.md', ['docs/x/b.txt', 'x', 'y/x/z', 'end ', '#a', 'conf/app']],
    [
      'from the folder itself',
      '/x',
      ['a.md', 'docs/a.md', 'docs/x/b.txt', 'y/x/z', 'end ', '#a', 'conf/app'],
    ],
    ['with a slash within', 'docs/*.md', ['a.md', 'docs/x/b.txt', 'x', 'y/x/z', 'end ', '#a', 'conf/app']],
    ['folders alone', 'x/', ['a.md', 'docs/a.md', 'x', 'end ', '#a', 'conf/app']],
    [
      'comments, empty lines, line ends of any system and blanks at the end',
      '# a comment\r\n\r\ndocs/ \t\r\n  \nx\r\n',
      ['a.md', 'end ', '#a', 'conf/app'],
    ],
    ['escaped', '\\#a\nend\\ ', ['a.md', 'docs/a.md', 'docs/x/b.txt', 'x', 'y/x/z', 'conf/app']],
    ['with a byte order mark', '\uFEFFdocs', ['a.md', 'x', 'y/x/z', 'end ', '#a', 'conf/app']],
    ['nothing', '', files.slice(1)],
  ])('%s', (_, ignore, expected) => {
    expect(select([layer('', files, ignore)]).files).toEqual(expected.map((each) => `:${each}`).toSorted());
  });

  test('counts for its own layer, is never published, and only at the top is it one', () => {
    const layers = [layer('base', ['a', 'b/.confrollignore']), layer('prod', ['.confrollignore', 'c'], 'a')];
    expect(select(layers).files).toEqual(['base:a', 'base:b/.confrollignore', 'prod:c']);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['negation', 'a\n!b\n', /^envs\/prod\/\.confrollignore:2: the line begins with '!'/],
    ['what is not understood', 'a\n\n(b)\n[\n', /^2 errors: envs\/prod\/\.confrollignore:3: .*\n.*:4: /],
    ['what is not UTF-8', new Uint8Array([0xff, 0xfe, 0x61, 0]), /: it is not UTF-8/],
    ['too much', 'abcdefg\n'.repeat(2049), /: it has more than 16 KiB/],
  ])('%s is refused with file and line, and without its content', (_, ignore, message) => {
    const selected = selectFiles([layer('envs/prod', ['a'], ignore)], all);
    expect(selected).toMatchObject({ reason: 'Invalid', message: expect.stringMatching(message) });
    expect(JSON.stringify(selected)).not.toContain('(b)');
  });
});

test('a submodule counts as its folder: globs of what is in it leave it out', () => {
  const one: Layer<Entry> = {
    path: '',
    entries: [{ path: Buffer.from('vendor/lib'), kind: 'submodule', layer: '' }],
    ignore: undefined,
  };
  const path = Buffer.from('vendor/lib');
  for (const exclude of ['vendor/', 'vendor/lib/**', 'vendor/lib', '**']) {
    expect(select([one], { exclude: [exclude] }).files, exclude).toEqual([]);
    expect(leavesOut(one, { ...all, exclude: [exclude] }, path), exclude).toBe(true);
  }
  expect(leavesOut(one, { ...all, include: ['a'], exclude: ['vendor/lib/*.md', 'lib'] }, path)).toBe(false);
  expect(leavesOut({ ...one, ignore: Buffer.from('vendor') }, all, path)).toBe(true);
});

describe('as laws', () => {
  const name = fc.constantFrom('a', 'b', 'c.md', 'd.yaml', '.e');
  const file = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  // As a tree has it: no name is a file and a folder at once.
  const files = fc
    .uniqueArray(file, { maxLength: 8 })
    .map((paths) => paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`))));
  const globs = fc.array(
    fc.constantFrom('**/*.md', 'a/**', '*', 'b', '**/c*', '**/.e', 'a/*/b', '**/{b,d.yaml}'),
    { maxLength: 3 },
  );
  const layers = fc
    .array(fc.tuple(files, fc.option(globs, { nil: undefined })), { minLength: 1, maxLength: 4 })
    .map((made) => made.map(([paths, ignore], index) => layer(`${index}`, paths, ignore?.join('\n'))));
  const rules = fc.record({ include: globs, exclude: globs });

  test('the order of the files does not matter', () => {
    fc.assert(
      fc.property(layers, rules, (given, more) => {
        const turned = given.map((each) => ({ ...each, entries: each.entries.toReversed() }));
        expect(select(turned, more)).toEqual(select(given, more));
      }),
    );
  });

  test('each path is of the last layer in which it is selected', () => {
    fc.assert(
      fc.property(layers, rules, (given, more) => {
        const kept = new Map(select(given, more).files.map((each) => [each.slice(2), each.slice(0, 1)]));
        for (const [path, from] of kept) {
          const having = given.filter((each) =>
            select([each], more).files.some((at) => at.slice(2) === path),
          );
          expect(having.at(-1)?.path).toBe(from);
        }
        // And what does not stay is replaced by a later layer.
        const isAbove = (one: string, other: string) => other === one || other.startsWith(`${one}/`);
        for (const [index, each] of given.entries()) {
          const later = given.slice(index + 1).flatMap((other) => pathsOf(select([other], more)));
          for (const path of pathsOf(select([each], more))) {
            const isReplaced = later.some((other) => isAbove(other, path) || isAbove(path, other));
            expect(kept.get(path) === each.path).toBe(!isReplaced);
          }
        }
      }),
    );
  });

  function pathsOf({ files: shown }: { readonly files: readonly string[] }): string[] {
    return shown.map((each) => each.slice(2));
  }

  test('what stays is a tree: no name is a file and a folder', () => {
    fc.assert(
      fc.property(layers, rules, (given, more) => {
        const paths = select(given, more).files.map((each) => each.slice(2));
        expect(new Set(paths).size).toBe(paths.length);
        for (const path of paths) expect(paths.some((other) => other.startsWith(`${path}/`))).toBe(false);
      }),
    );
  });

  test('what is excluded is never there, and a longer list never brings a file', () => {
    fc.assert(
      fc.property(files, rules, globs, (paths, more, further) => {
        const before = select([layer('', paths)], more).files;
        const after = select([layer('', paths)], { ...more, exclude: [...more.exclude, ...further] }).files;
        expect(before).toEqual(expect.arrayContaining(after));
        const excluded = select([layer('', paths)], {
          include: further.length > 0 ? further : ['none'],
        }).files;
        expect(after.filter((path) => excluded.includes(path))).toEqual([]);
      }),
    );
  });

  test('no bytes of an ignore file make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(selectFiles([layer('', ['a', 'b/c'], bytes)], all).kind).toMatch(/^(?:ok|rejected)$/);
      }),
    );
  });
});

test('many deep names and many globs have an end', () => {
  const deep = 'a/'.repeat(2_000);
  const files = Array.from({ length: 3_000 }, (_, index) => `${deep}${index}`);
  const layers = [layer('base', files), layer('prod', [...files, `${deep}x`])];
  expect(select(layers).files).toHaveLength(3_001);
  const slow = `${'**/a/'.repeat(40)}b`;
  const exclude = Array.from({ length: 32 }, () => slow);
  expect(selectFiles(layers, { ...all, exclude })).toMatchObject({
    reason: 'TooLarge',
    message: expect.stringContaining('write fewer or simpler ones'),
  });
});
