// spec.validate: what is written wrong is refused by the real API server, with a sentence that says what to write.
import { expect, it } from 'vitest';
import { applyCrd, refusal, useApiServer } from '../manifests/api-server.ts';
import { dryRun, gitConfigWith } from './dry-run.ts';

const kubectl = useApiServer(applyCrd);

const create = (objects: readonly string[]): Promise<string> => dryRun(kubectl(), objects);

const withSchema = (schema: unknown): object => ({ schemas: [{ files: ['*.yaml'], schema }] });
const byConfigMap = (name: string, key: string): object => withSchema({ configMapRef: { name, key } });

it('accepts globs, files that must be there and schemas of either kind', async () => {
  const most = Array.from({ length: 32 }, (_, index) => `${'a/'.repeat(120)}${index}*.yaml`);
  const accepted = [
    {},
    { skip: ['templates/**', '**/*.tpl.yaml', '.hidden', 'a b/[a-c]?.{json,yaml}', 'ä'] },
    { required: ['app.yaml', 'rules/*.yaml'] },
    withSchema({ path: 'schemas/app.json' }),
    byConfigMap('shop-schemas.v1', 'App_1.json'),
    {
      skip: most,
      required: most,
      schemas: Array.from({ length: 16 }, () => ({ files: most, schema: { path: 'a'.repeat(1024) } })),
    },
  ];
  const said = await create(accepted.map((validate, index) => gitConfigWith({ validate }, `row-${index}`)));
  for (const index of accepted.keys()) expect(said).toContain(`gitconfig.confroll.dev/row-${index} created`);
});

const glob =
  "a glob must be relative to the config folder, such as app.yaml, *.json or templates/**: not empty, no '/' or '!' at the start, no control characters";
const oneOf = 'schema must hold exactly one of path and configMapRef, such as path: schemas/app.json';
const path =
  "path must be relative to the config folder, such as schemas/app.json: no '/' at the start or end, no part that is '.', '..' or empty, no control characters";
const rows: readonly (readonly [string, unknown, string])[] = [
  ...['', '/a', '!a', 'a\nb'].map((each) => [`glob "${each}"`, { skip: [each] }, glob] as const),
  ['a glob of required files', { required: ['/a'] }, glob],
  ['a glob of a schema', { schemas: [{ files: ['/a'], schema: { path: 'a' } }] }, glob],
  ['neither', withSchema({}), oneOf],
  ['both', withSchema({ path: 'a', configMapRef: { name: 'a', key: 'a' } }), oneOf],
  ...['/a', '../a', 'a/', 'a//b', '', 'a\tb'].map(
    (each) => [`path "${each}"`, withSchema({ path: each }), path] as const,
  ),
  [
    'a name that is none',
    byConfigMap('Shop', 'a'),
    'name must be the name of a ConfigMap, such as shop-schemas',
  ],
  ['a key that is none', byConfigMap('shop', 'a/b'), 'key must be a key of the ConfigMap, such as app.json'],
  ['nothing', { skip: [] }, 'spec.validate.skip in body should have at least 1 items'],
  ['no files', { schemas: [{ schema: { path: 'a' } }] }, 'spec.validate.schemas[0].files: Required value'],
  ['too many', { skip: Array.from({ length: 33 }, () => 'a') }, 'must have at most 32 items'],
];

it.each(rows)('refuses %s', async (_, validate, sentence) => {
  expect(await refusal(create([gitConfigWith({ validate })]))).toContain(sentence);
});
