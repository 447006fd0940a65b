// path, paths, include, exclude and limits: what is written wrong is refused by the real API server, with a sentence that
// says what to write.
import { expect, it } from 'vitest';
import { applyCrd, refusal, useApiServer } from '../manifests/api-server.ts';
import { dryRun, gitConfigWith } from './dry-run.ts';

const kubectl = useApiServer(applyCrd);

const create = (objects: readonly string[]): Promise<string> => dryRun(kubectl(), objects);

it('accepts folders, files, layers, globs and limits', async () => {
  const globs = Array.from({ length: 32 }, (_, index) => `${'a/'.repeat(120)}${index}*.yaml`);
  const accepted = [
    {},
    { path: 'envs/prod/app.yaml' },
    { paths: ['base', 'envs/prod', ''] },
    // The API server filled that in until now.
    { path: '', paths: ['base'] },
    { include: ['**/*.{yaml,yml}', '[!.]*'], exclude: ['test/', '.hidden'] },
    { limits: {} },
    { limits: { files: 10_000, filesWithItems: 10_000, bytesPerFile: 1, totalBytes: 32 * 1024 * 1024 } },
    {
      paths: Array.from({ length: 16 }, (_, index) => `${'a/'.repeat(500)}${index}`),
      include: globs,
      exclude: globs,
      limits: { files: 1, filesWithItems: 1 },
    },
  ];
  const said = await create(accepted.map((spec, index) => gitConfigWith(spec, `row-${index}`)));
  for (const index of accepted.keys()) expect(said).toContain(`gitconfig.confroll.dev/row-${index} created`);
});

const layer =
  "each of paths must be relative to the repository's root, such as envs/prod/shop: no '/' at the start or end, no part that is '.', '..' or empty, no control characters; '' is the root";
const glob =
  "a glob must be relative to the config folder, such as app.yaml, *.json or templates/**: not empty, no '/' or '!' at the start, no control characters";
const rows: readonly (readonly [string, object, string])[] = [
  [
    'path and paths',
    { path: 'base', paths: ['base'] },
    'path and paths exclude each other: write all layers into paths, such as paths: [base, envs/prod], and take path out',
  ],
  ...['/envs', 'envs/', 'a/../b', 'a//b', 'a\nb'].map(
    (each) => [`the layer "${each}"`, { paths: ['base', each] }, layer] as const,
  ),
  ['no layer', { paths: [] }, 'spec.paths in body should have at least 1 items'],
  ['17 layers', { paths: Array.from({ length: 17 }, () => 'a') }, 'must have at most 16 items'],
  ...['', '/a', '!a', 'a\nb'].map((each) => [`include "${each}"`, { include: [each] }, glob] as const),
  ['exclude "/a"', { exclude: ['/a'] }, glob],
  [
    'too many bytes',
    { limits: { totalBytes: 1024 ** 3 } },
    'totalBytes must be a number from 1 to 33554432, such as 1048576',
  ],
  ['no files', { limits: { files: 0 } }, 'files must be a number from 1 to 10000, such as 300'],
];

it.each(rows)('refuses %s', async (_, spec, sentence) => {
  expect(await refusal(create([gitConfigWith(spec)]))).toContain(sentence);
});
