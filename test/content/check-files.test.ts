// All that cannot become a file of a Pod is told at once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildContent } from '../../src/content/build-content.ts';
import { checkFiles } from '../../src/content/check-files.ts';
import { showError } from '../../src/content/content-error.ts';
import type { FolderFile } from '../../src/content/folder-file.ts';
import { folder } from './files.ts';

const link = (path: string): FolderFile => ({
  path: Buffer.from(path),
  kind: 'symlink',
  bytes: Buffer.from('/etc/passwd'),
});

test('each file has its error, and the others are there', () => {
  const bad = { path: Buffer.from([0x61, 0xff]), kind: 'file', bytes: Buffer.alloc(0) } as const;
  const { files, errors } = checkFiles([
    link('z'),
    bad,
    link('b c'),
    ...folder({ y: '1', 'x/..': '', 'd/e': '', d: '' }),
  ]);
  expect(files.map(({ path }) => path)).toEqual(['d', 'd/e', 'y']);
  expect(errors.map(showError)).toEqual([
    expect.stringMatching(/^z: cannot become a file of a Pod: it is a symbolic link/),
    expect.stringMatching(/^"a\ufffd": cannot become .* not valid UTF-8/),
    expect.stringMatching(/^"b c": cannot become .* symbolic link/),
    expect.stringMatching(/^x\/\.\.: cannot become .* '\.\.'; rename/),
    expect.stringMatching(/^d: cannot become .* file and folder/),
  ]);
});

test('they are told with what is wrong in variables, and alone have their own reason', () => {
  const given = { files: [link('z'), ...folder({ '.env': 'no variable' })], mountPath: '/etc/shop' };
  expect(buildContent(given)).toMatchObject({
    reason: 'UnsupportedFile',
    message: expect.stringMatching(/^z: /),
  });
  expect(buildContent({ ...given, env: [{ file: '.env' }] })).toMatchObject({
    reason: 'Invalid',
    message: expect.stringMatching(/^2 errors: \.env:1:1: .*\nz: cannot become/),
  });
});

test('there are no more errors than files', () => {
  const name = fc.constantFrom('a', 'b', '..', '', 'a/b', 'a/b/c', 'b/a');
  const kind = fc.constantFrom<FolderFile['kind']>('file', 'symlink', 'submodule');
  const file = fc.record({
    path: name.map((each) => Buffer.from(each)),
    kind,
    bytes: fc.constant(Buffer.alloc(0)),
  });
  fc.assert(
    fc.property(fc.array(file), (files) => {
      const checked = checkFiles(files);
      expect(checked.errors.length).toBeLessThanOrEqual(files.length);
      const paths = checked.files.map(({ path }) => path);
      expect(new Set(paths).size < paths.length && checked.errors.length === 0).toBe(false);
    }),
  );
});
