// spec.env: what is written wrong is refused by the real API server, with a sentence that says what to write.
import { expect, it } from 'vitest';
import { applyCrd, refusal, useApiServer } from '../manifests/api-server.ts';
import { dryRun, gitConfigWith } from './dry-run.ts';

const kubectl = useApiServer(applyCrd);

const create = (objects: readonly string[]): Promise<string> => dryRun(kubectl(), objects);

it('accepts any file whose name says a format, with or without prefix and keys', async () => {
  const files = [
    '.env',
    '.env.production',
    'a/.env.d',
    'shop.ENV',
    'b c/ä.properties',
    'x.yml',
    'x.yaml',
    'x.json',
  ];
  const accepted = [
    files.map((file) => ({ file })),
    [{ file: 'a.env', prefix: 'SHOP_', keys: ['LOG_LEVEL', 'discovery.type', '0'] }],
    Array.from({ length: 16 }, () => ({
      file: `${'a'.repeat(1000)}.env`,
      prefix: 'A'.repeat(64),
      keys: Array.from({ length: 256 }, (_, index) => `A${index}`),
    })),
  ];
  const said = await create(accepted.map((env, index) => gitConfigWith({ env }, `row-${index}`)));
  for (const index of accepted.keys()) expect(said).toContain(`gitconfig.confroll.dev/row-${index} created`);
});

const noFormat =
  'file must have a name that says its format: .env, .env.<anything> or *.env for NAME=value lines, *.properties, *.yaml, *.yml or *.json';
const notBelow =
  "file must be relative to the config folder, such as .env or conf/application.properties: no '/' at the start or end, no part that is '.', '..' or empty, no control characters";
const rows: readonly (readonly [string, unknown, string])[] = [
  ...['app.conf', 'env', '.envrc', 'a.env/b', 'x.yaml.bak'].map(
    (file) => [file, [{ file }], noFormat] as const,
  ),
  ...['/a.env', '../a.env', 'a/./b.env', 'a//b.env', 'a\n.env'].map(
    (file) => [file, [{ file }], notBelow] as const,
  ),
  ...['1_', 'A-', 'A.', '', 'Ä'].map(
    (prefix) =>
      [
        `prefix ${prefix}`,
        [{ file: '.env', prefix }],
        "prefix must be the beginning of a variable's name, such as SHOP_: letters, digits and _, no digit first",
      ] as const,
  ),
  ...['', 'a b', 'A='].map(
    (key) =>
      [
        `key ${key}`,
        [{ file: '.env', keys: [key] }],
        'a key must be the name of a variable as the file gives it, such as LOG_LEVEL or, for spring.datasource.url, SPRING_DATASOURCE_URL',
      ] as const,
  ),
  ['no file', [{ prefix: 'A' }], 'file: Required value'],
  ['nothing', [], 'spec.env in body should have at least 1 items'],
  ['no keys', [{ file: '.env', keys: [] }], 'keys in body should have at least 1 items'],
  ['too many', Array.from({ length: 17 }, () => ({ file: '.env' })), 'must have at most 16 items'],
];

it.each(rows)('refuses %s', async (_, env, sentence) => {
  expect(await refusal(create([gitConfigWith({ env })]))).toContain(sentence);
});
