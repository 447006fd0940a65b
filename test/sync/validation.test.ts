// A commit with errors, on a real API server: nothing of it is published, the last good stays, and its author hears all.
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testSize } from '../support/size.ts';
import { conditionOf, useSync } from './harness.ts';

const world = useSync();
const schema = JSON.stringify({ properties: { port: { type: 'integer' } }, required: ['port'] });

test('all errors at once, whose commit it is, an Event; the fix goes through', async () => {
  const { git, namespace, apply, published, condition, snapshots, eventReasons, lookNow } = world();
  const repository = git.repository('validated');
  const good = {
    'shop/app.yaml': 'port: 80\n',
    'shop/logo.png': '\0',
    'shop/schemas/app.json': schema,
    'shop/.confrollignore': 'schemas/\n',
  };
  const first = await repository.commit(good);
  const ns = await namespace();
  const validate = {
    required: ['app.yaml'],
    skip: ['templates/**'],
    schemas: [{ files: ['app.yaml'], schema: { path: 'schemas/app.json' } }],
  };
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { validate } });
  const before = await published(ns, first);
  // The schema is read all the same.
  expect(conditionOf(before, 'Published')?.message).toMatch(/^2 files /);

  const bad = await repository.commit({
    'shop/app.yaml': 'port: hunter2\n',
    'shop/other.yaml': 'a: 1\na: 2\n',
    'shop/templates/x.yaml': '{{ broken',
  });
  await lookNow(ns);
  const refused = await condition(ns, 'Published', 'Invalid');
  const message = conditionOf(refused, 'Published')?.message ?? '';
  expect(message).toMatch(
    new RegExp(
      `^commit ${bad.slice(0, 7)} by .+: 2 errors: app\\.yaml:1:1: /port must be integer, says the schema schemas/app\\.json\\nother\\.yaml:2:1: this key is in its mapping twice; keep one of the two$`,
    ),
  );
  expect(conditionOf(refused, 'Fetched')?.status).toBe('True');
  expect(refused.status).toMatchObject({
    hash: before.status?.hash,
    revision: before.status?.revision,
    lastAttemptedRevision: `main@sha1:${bad}`,
  });
  expect(await snapshots(ns)).toHaveLength(1);
  await eventually(async () => (await eventReasons(ns)).includes('PublishFailed'));
  expect(await world().output()).not.toContain('hunter2');

  const mended = await repository.commit({ 'shop/app.yaml': 'port: 81\n', 'shop/other.yaml': null });
  await lookNow(ns);
  expect(conditionOf(await published(ns, mended), 'Published')?.status).toBe('True');
  await eventually(async () => (await eventReasons(ns)).includes('Recovered'));
});

test('what cannot become a file of a Pod is told with all other errors', async () => {
  const { git, namespace, apply, condition, lookNow } = world();
  const repository = git.repository('unsupported');
  await repository.commit({
    'shop/a': { symlink: '/etc/passwd' },
    'shop/app.yaml': 'a: 1\na: 2\n',
    'shop/b': { symlink: 'a' },
  });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { env: [{ file: 'c.env' }] } });
  const refused = await condition(ns, 'Published', 'Invalid', /4 errors/);
  const lines = conditionOf(refused, 'Published')?.message.split('\n') ?? [];
  expect(lines).toEqual([
    expect.stringMatching(/^commit [0-9a-f]{7} by .+: 4 errors: a: cannot become .* symbolic link/),
    expect.stringMatching(/^app\.yaml:2:1: /),
    expect.stringMatching(/^b: cannot become .* symbolic link/),
    expect.stringMatching(/^c\.env: spec\.env names it/),
  ]);

  const second = await repository.commit({ 'shop/app.yaml': 'a: 1\n', 'shop/c.env': 'A=1\n' });
  await lookNow(ns);
  await condition(
    ns,
    'Published',
    'UnsupportedFile',
    new RegExp(`^commit ${second.slice(0, 7)} by .+: 2 errors: a: cannot become .*\\nb: cannot become `),
  );
});

describe('a schema in a ConfigMap', () => {
  test('is asked again at the next look, so that the same commit passes once it allows it', async () => {
    const { git, kubectl, namespace, apply, published, condition, lookNow } = world();
    const repository = git.repository('by-configmap');
    const commit = await repository.commit({ 'shop/app.yaml': 'port: eighty\n' });
    const ns = await namespace();
    const configMapRef = { name: 'schemas', key: 'app.json' };
    const validate = { schemas: [{ files: ['*.yaml'], schema: { configMapRef } }] };
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { validate } });
    await condition(
      ns,
      'Published',
      'Invalid',
      /^commit .*: configmap\/schemas\/app\.json: there is no such ConfigMap in namespace .*; create it/,
    );

    await kubectl(['create', 'configmap', 'schemas', '-n', ns, `--from-literal=other=${schema}`]);
    await lookNow(ns);
    await condition(ns, 'Published', 'Invalid', /the ConfigMap has no such key/);

    await kubectl([
      'patch',
      'configmap',
      'schemas',
      '-n',
      ns,
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'app.json': schema } }),
    ]);
    await lookNow(ns);
    await condition(
      ns,
      'Published',
      'Invalid',
      /app\.yaml:1:1: \/port must be integer, says the schema configmap\/schemas\/app\.json/,
    );

    await kubectl([
      'patch',
      'configmap',
      'schemas',
      '-n',
      ns,
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'app.json': '{}' } }),
    ]);
    await lookNow(ns);
    await published(ns, commit);
  });
});

test('what was published before is made again when it is deleted, whatever is asked of new commits now', async () => {
  const { git, kubectl, namespace, apply, published, condition, snapshots, lookNow } = world();
  const repository = git.repository('restored');
  const commit = await repository.commit({ 'shop/app.yaml': 'port: 80\n' });
  const ns = await namespace();
  await apply(ns, { url: repository.url, path: 'shop' });
  await published(ns, commit);
  await apply(
    ns,
    { url: repository.url, path: 'shop' },
    { spec: { validate: { required: ['other.yaml'] } } },
  );
  await condition(ns, 'Published', 'Invalid', /other\.yaml: no such file/);
  const second = await repository.commit({ 'shop/app.yaml': 'port: 81\n' });
  await lookNow(ns);
  await condition(ns, 'Published', 'Invalid', new RegExp(`^commit ${second.slice(0, 7)}`));
  const [snapshot] = await snapshots(ns);
  await kubectl(['delete', 'configmap', snapshot?.metadata.name ?? '', '-n', ns]);
  await lookNow(ns);
  await eventually(async () => (await snapshots(ns)).length === 1);
});

test('a schema that never ends holds up nobody, and is not tried at each look', async (context) => {
  if (testSize({ usual: true, full: false })) context.skip('its deadline is waited for in full tests only');
  const { git, namespace, apply, condition, lookNow, published } = world();
  const endless = JSON.stringify({ properties: { a: { pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } } });
  const repository = git.repository('endless');
  const file = `a: ${'a'.repeat(100)}\n`;
  await repository.commit({ 'shop/app.yaml': file, 'shop/schema.json': endless });
  const other = git.repository('endless-neighbour');
  const commit = await other.commit({ 'shop/app.yaml': file });
  const ns = await namespace();
  const validate = { schemas: [{ files: ['app.yaml'], schema: { path: 'schema.json' } }] };
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { validate } });
  await apply(ns, { name: 'neighbour', url: other.url, path: 'shop' });
  await published(ns, commit, 'neighbour');
  await condition(
    ns,
    'Published',
    'Invalid',
    /spec\.validate: checking the files takes longer than 20 s; simplify/,
  );
  const before = performance.now();
  await lookNow(ns);
  await lookNow(ns);
  expect(performance.now() - before).toBeLessThan(20_000);
}, 120_000);
