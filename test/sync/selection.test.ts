// Layers, globs and limits on a real API server: what is published, what is refused, and that the last good stays.
import { expect, test } from 'vitest';
import { parseSnapshot } from '../../src/api/snapshot.ts';
import { fileBytes } from '../../src/content/file-values.ts';
import { conditionOf, useSync } from './harness.ts';

const world = useSync();

test('layers become one Snapshot, and a commit of what is left out changes nothing of it', async () => {
  const { git, namespace, apply, published, condition, snapshots, lookNow } = world();
  const repository = git.repository('layers');
  const first = await repository.commit({
    'base/app.yaml': 'a: base\n',
    'base/plugin': 'a file',
    'base/conf.d/a.conf': 'a',
    'envs/prod/.confrollignore': 'notes/\n',
    'envs/prod/app.yaml': 'a: prod\n',
    'envs/prod/plugin/x': 'x',
    'envs/prod/notes/x': 'x',
    'envs/prod/README.md': 'read me',
  });
  const ns = await namespace();
  const spec = { paths: ['base', 'envs/prod'], exclude: ['**/*.md'] };
  await apply(ns, { url: repository.url, path: '' }, { spec });
  const config = await published(ns, first);

  const [object, ...others] = await snapshots(ns);
  expect(others).toEqual([]);
  const files = parseSnapshot(object?.metadata ?? { name: '' })?.files ?? [];
  const shown = files.map(({ key, path }) => [path, fileBytes(object ?? {}, key)?.toString()]);
  expect(Object.fromEntries(shown)).toEqual({
    'app.yaml': 'a: prod\n',
    'conf.d/a.conf': 'a',
    'plugin/x': 'x',
  });

  const second = await repository.commit({
    'base/app.yaml': 'a: replaced\n',
    'envs/prod/README.md': 'changed',
    'envs/prod/notes/y': 'y',
  });
  await lookNow(ns);
  const after = await published(ns, second);
  expect(after.status?.hash).toBe(config.status?.hash);
  expect(await snapshots(ns)).toHaveLength(1);

  // Each change of the spec is looked at at once, with the commit that was there already.
  await apply(ns, { url: repository.url, path: '' }, { spec: { ...spec, limits: { files: 2 } } });
  const refused = await condition(
    ns,
    'Published',
    'TooLarge',
    /^commit [0-9a-f]{7} by .+: 3 files are selected, and there may be 2\./,
  );
  expect(refused.status?.hash).toBe(config.status?.hash);
  await apply(ns, { url: repository.url, path: '' }, { spec: { ...spec, paths: ['base', 'envs/staging'] } });
  await condition(ns, 'Published', 'PathNotFound', /"envs\/staging".*correct spec\.paths/);
  await apply(ns, { url: repository.url, path: '' }, { spec: { ...spec, exclude: ['(x)'] } });
  await condition(
    ns,
    'Published',
    'Invalid',
    /^commit [0-9a-f]{7} by .+: spec\.exclude: glob "\(x\)" has a '\('/,
  );
  await apply(ns, { url: repository.url, path: '' }, { spec: { ...spec, exclude: ['**'] } });
  await condition(ns, 'Published', 'PathEmpty', /^commit [0-9a-f]{7} by .+: none of the 8 files is left/);
  expect(await snapshots(ns)).toHaveLength(1);
});

test('one file is published under its own name', async () => {
  const { git, namespace, apply, published, snapshots } = world();
  const repository = git.repository('one-file');
  const commit = await repository.commit({
    'envs/prod/app.yaml': 'a: 1\n',
    'envs/prod/other.yaml': 'a: 2\n',
  });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'envs/prod/app.yaml' });
  expect(conditionOf(await published(ns, commit), 'Published')?.message).toMatch(/^1 file /);
  const [object] = await snapshots(ns);
  expect(fileBytes(object ?? {}, 'app.yaml')?.toString()).toBe('a: 1\n');
});
