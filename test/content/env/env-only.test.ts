// Files that give variables and are left out of the folder.
import { expect, test } from 'vitest';
import { buildContent } from '../../../src/content/build-content.ts';
import { folder, type Given } from '../files.ts';

const build = (files: Readonly<Record<string, Given>>, envOnly: Readonly<Record<string, Given>>) => {
  const env = [{ file: '.env' }];
  const content = buildContent({
    files: folder(files),
    mountPath: '/etc/shop',
    env,
    envOnly: folder(envOnly),
  });
  if (content.kind === 'rejected') throw new Error(content.message);
  return {
    paths: content.files.map(({ path }) => path),
    environment: content.environment,
    hash: content.hash,
  };
};

test('give them, and are no file', () => {
  const content = build({ 'app.yaml': 'a: 1' }, { '.env': 'A=1' });
  expect(content.paths).toEqual(['app.yaml']);
  expect(content.environment).toEqual([{ name: 'A', value: '1' }]);
  expect(build({ 'app.yaml': 'a: 1' }, { '.env': 'A=2' }).hash).not.toBe(content.hash);
  // Pods see nothing of a comment in it.
  expect(build({ 'app.yaml': 'a: 1' }, { '.env': '# one\nA=1' }).hash).toBe(content.hash);
});

test('do not count beside a file of that path, which another layer brought', () => {
  const { environment } = build({ '.env': 'A=seen' }, { '.env': 'A=left out' });
  expect(environment).toEqual([{ name: 'A', value: 'seen' }]);
});

test('of more than 512 KiB are not read', () => {
  expect(() => build({ 'app.yaml': '' }, { '.env': '#'.repeat(512 * 1024 + 1) })).toThrow(
    /spec\.env reads at most 512 KiB/,
  );
});
