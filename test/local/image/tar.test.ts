import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { TarEntry } from '../../../local/image/tar-entry.ts';
import { readTar } from '../../../local/image/tar-reader.ts';
import { writeTar } from '../../../local/image/tar-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'confroll-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = (entries: readonly TarEntry[]): Buffer => Buffer.concat(writeTar(entries));
const file = (path: string, content: string, mode = 0o644): TarEntry => ({
  type: 'file',
  path,
  content: Buffer.from(content),
  mode,
});

const long = `${'d'.repeat(90)}/${'é'.repeat(45)}`;
const entries: TarEntry[] = [
  file('b/run', '#!', 0o755),
  file('a', 'x'.repeat(1500)),
  file(long, 'long'),
  { type: 'symlink', path: 'b/link', target: `../${long}` },
  { type: 'folder', path: 'tmp', mode: 0o1777 },
];

describe('tar archives', () => {
  it('are understood by tar', () => {
    writeFileSync(join(folder, 'x.tar'), archive(entries));
    const listed = execFileSync(
      'tar',
      ['tvf', join(folder, 'x.tar'), '--numeric-owner', '--utc', '--quoting-style=literal'],
      {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      },
    );
    expect(
      listed
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual([
      '-rw-r--r-- 0/0 1500 1970-01-01 00:00 a',
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 b/',
      `lrwxrwxrwx 0/0 0 1970-01-01 00:00 b/link -> ../${long}`,
      '-rwxr-xr-x 0/0 2 1970-01-01 00:00 b/run',
      `drwxr-xr-x 0/0 0 1970-01-01 00:00 ${'d'.repeat(90)}/`,
      `-rw-r--r-- 0/0 4 1970-01-01 00:00 ${long}`,
      'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
    ]);
  });

  it.each(['gnu', 'pax', 'ustar'])('of tar are understood, in the format %s', (format) => {
    const from = mkdtempSync(join(folder, 'from-'));
    const writable = entries.filter((entry) => format !== 'ustar' || entry.type !== 'symlink');
    const bytes = archive(writable);
    writeFileSync(join(folder, 'y.tar'), bytes);
    execFileSync('tar', ['xpf', join(folder, 'y.tar'), '-C', from]);
    execFileSync('ln', [join(from, 'a'), join(from, 'same')]);
    execFileSync('tar', ['cf', join(folder, 'z.tar'), '-C', from, '--sort=name', `--format=${format}`, '.']);
    const read = readTar(readFileSync(join(folder, 'z.tar')));
    expect(archive(read).equals(archive([...writable, file('same', 'x'.repeat(1500))]))).toBe(true);
  });

  it('are the same for the same entries in any order, and read back as they were', () => {
    const segment = fc.stringMatching(/^[a-zé0-9 ._-]{1,40}$/).filter((text) => !/^\.*$/.test(text));
    const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => `f/${parts.join('/f')}x`);
    const entry: fc.Arbitrary<TarEntry> = fc.oneof(
      fc.record({
        type: fc.constant('file' as const),
        path,
        content: fc.uint8Array({ maxLength: 1200 }),
        mode: fc.constantFrom(0o644, 0o755),
      }),
      fc.record({
        type: fc.constant('symlink' as const),
        path,
        target: fc.stringMatching(/^[a-z/]{1,150}$/),
      }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 12 }),
        fc.nat(),
        (some, turn) => {
          const apart = some.filter(({ path }) => !some.some((other) => other.path.startsWith(`${path}/`)));
          const at = apart.length === 0 ? 0 : turn % apart.length;
          const turned = [...apart.slice(at), ...apart.slice(0, at)];
          expect(archive(turned).equals(archive(apart))).toBe(true);
          const read = readTar(archive(apart)).filter(({ type }) => type !== 'folder');
          const plain = (list: readonly TarEntry[]) =>
            list
              .map((each) =>
                each.type === 'file' ? { ...each, content: Buffer.from(each.content).toString('hex') } : each,
              )
              .sort((a, b) => (a.path < b.path ? -1 : 1));
          expect(plain(read)).toEqual(plain(apart));
        },
      ),
    );
  });

  it('do not hold a path twice, and are refused when cut', () => {
    expect(() => writeTar([file('a', '1'), file('a', '2')])).toThrow('a twice');
    expect(() => readTar(archive(entries).subarray(0, 1024))).toThrow('in the middle of a file');
    expect(() => readTar(archive(entries).subarray(0, 2048))).toThrow('no end');
  });
});
