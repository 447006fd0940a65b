// Limits of a folder, and what is said beyond them.
import { expect, test } from 'vitest';
import {
  type ContentLimits,
  defaultContentLimits,
  maxContentLimits,
} from '../../../src/api/content-limits.ts';
import { buildContent } from '../../../src/content/build-content.ts';
import { checkLimits } from '../../../src/content/select/check-limits.ts';
import { folder } from '../files.ts';

const files = folder({ 'a.txt': 'x'.repeat(2048), 'b\n': 'x', c: '' });
const exactly: ContentLimits = { ...defaultContentLimits, files: 3, bytesPerFile: 2048, totalBytes: 2049 };

test('what is exactly as much is no more', () => {
  expect(checkLimits(files, exactly)).toBeUndefined();
});

test.each<[Partial<ContentLimits>, string]>([
  [
    { files: 2 },
    '3 files are selected, and there may be 2. Leave out what is no config with spec.exclude or .confrollignore, or split it into several GitConfigs; or raise spec.limits.files, to at most 10000',
  ],
  [
    { bytesPerFile: 2047 },
    'a file has more than 2 KiB (2047 bytes): "a.txt" 2 KiB (2048 bytes). Leave out what is no config with spec.exclude or .confrollignore, or split it into several GitConfigs; or raise spec.limits.bytesPerFile, to at most 1048576',
  ],
  [
    { totalBytes: 2048 },
    'the files are 2 KiB (2049 bytes) together, and may be 2 KiB (2048 bytes); largest: "a.txt" 2 KiB (2048 bytes), "b\\n" 1 bytes, "c" 0 bytes. Leave out what is no config with spec.exclude or .confrollignore, or split it into several GitConfigs; or raise spec.limits.totalBytes, to at most 33554432',
  ],
])('%j is said with numbers and what to do', (less, message) => {
  expect(checkLimits(files, { ...exactly, ...less })).toEqual({
    kind: 'rejected',
    reason: 'TooLarge',
    message,
  });
});

test('who is at the highest limit is not told to raise it', () => {
  const large = folder({ a: new Uint8Array(maxContentLimits.bytesPerFile + 1) });
  expect(checkLimits(large, maxContentLimits)?.message).toMatch(
    /GitConfigs; spec\.limits is at its highest already$/,
  );
});

test('files that a Pod names one by one are counted apart, and not where nothing new is asked', () => {
  const nested = folder(
    Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`conf/${index}`, `${index}`])),
  );
  const flat = nested.map((file) => ({ ...file, path: file.path.subarray('conf/'.length) }));
  const limits = { filesWithItems: 10 };
  const mountPath = '/etc/shop';
  expect(buildContent({ files: nested, mountPath, limits })).toMatchObject({
    reason: 'TooLarge',
    message: expect.stringMatching(
      /^11 files are in subfolders, .* there may be 10\..*raise spec\.limits\.filesWithItems/,
    ),
  });
  expect(buildContent({ files: nested, mountPath, limits: undefined }).kind).toBe('ok');
  expect(buildContent({ files: flat, mountPath, limits }).kind).toBe('ok');
});
