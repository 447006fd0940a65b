// Variables of Git in a real cluster: the object that holds them, what brings it back, and what stops a commit.
import { expect, test } from 'vitest';
import { parseSnapshot } from '../../src/api/snapshot.ts';
import { eventually } from '../support/eventually.ts';
import { conditionOf, useSync } from './harness.ts';

const world = useSync();

const dataOf = async (ns: string, name: string): Promise<unknown> => {
  const found = (await world().snapshots(ns)).find(({ metadata }) => metadata.name === name);
  return found?.data;
};

test('variables are one immutable object of the Snapshot, which comes back when it is deleted', async () => {
  const { git, namespace, apply, published, snapshots, kubectl, lookNow, condition, read } = world();
  const repository = git.repository('environment');
  const first = await repository.commit({
    'shop/.env': 'LOG_LEVEL=debug\r\nGREETING="größer\\n ✓"\r\nEMPTY=\r\n',
    'shop/conf/app.yaml': 'server: {port: 8080}\n',
    'shop/page.html': '<p>',
  });
  const ns = await namespace();
  const env = [{ file: '.env' }, { file: 'conf/app.yaml', prefix: 'APP_' }];
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { env } });
  const hash = (await published(ns, first)).status?.hash;
  const variables = { APP_SERVER_PORT: '8080', EMPTY: '', GREETING: 'größer\n ✓', LOG_LEVEL: 'debug' };

  const objects = await snapshots(ns);
  expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual([`shop-${hash}`, `shop-${hash}-env`]);
  const made = objects.find(({ metadata }) => metadata.name === `shop-${hash}-env`);
  expect(made).toMatchObject({ immutable: true, data: variables });
  expect(made?.binaryData).toBeUndefined();
  const base = objects.find(({ metadata }) => metadata.name === `shop-${hash}`);
  const snapshot = parseSnapshot(base?.metadata ?? { name: '' });
  expect(snapshot?.environment).toEqual(Object.keys(variables));
  // The files stay files.
  expect(snapshot?.files.map(({ path }) => path)).toEqual(['.env', 'conf/app.yaml', 'page.html']);

  await kubectl(['delete', 'configmap', `shop-${hash}-env`, '-n', ns]);
  await eventually(async () => (await dataOf(ns, `shop-${hash}-env`)) !== undefined, {
    what: 'the variables made again',
  });
  expect(await dataOf(ns, `shop-${hash}-env`)).toEqual(variables);

  // A commit that cannot be taken: told with file and line, without the value, and nothing changes.
  await repository.commit({ 'shop/.env': 'LOG_LEVEL=info\nhunter2 swordfish\nLOG_LEVEL=warn\n' });
  await lookNow(ns);
  const refused = await condition(ns, 'Published', 'Invalid', /\.env:2:1: it is no NAME=value/);
  expect(conditionOf(refused, 'Published')?.message).not.toMatch(/hunter2|swordfish|warn/);
  expect((await read(ns)).status?.hash).toBe(hash);
  expect(await snapshots(ns)).toHaveLength(2);

  // The same files, mapped otherwise, are other content; without a mapping they have the hash that they always had.
  await repository.commit({ 'shop/.env': 'LOG_LEVEL=debug\nGREETING="größer\\n ✓"\nEMPTY=\n' });
  await lookNow(ns);
  await condition(ns, 'Published', 'Succeeded');
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { env: [{ file: '.env', prefix: 'B_' }] } });
  const renamed = await eventually(async () => {
    const now = (await read(ns)).status?.hash;
    const data = await dataOf(ns, `shop-${now}-env`);
    return typeof data === 'object' && data !== null && 'B_EMPTY' in data && now;
  });
  const other = await namespace();
  await apply(other, { url: repository.url, path: 'shop' });
  const plain = (await condition(other, 'Published', 'Succeeded')).status?.hash;
  expect(new Set([hash, renamed, plain]).size).toBe(3);
  expect((await snapshots(other)).map(({ metadata }) => metadata.name)).toEqual([`shop-${plain}`]);
});

test('a mapping that the folder does not fit is refused, with what to do', async () => {
  const { git, namespace, apply, condition } = world();
  const repository = git.repository('unfit');
  await repository.commit({ 'shop/a.env': 'A=1\n', 'shop/b.properties': 'a=1\n' });
  const ns = await namespace();
  const env = [{ file: 'a.env' }, { file: 'b.properties' }, { file: 'c.json' }];
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { env } });
  const refused = await condition(ns, 'Published', 'Invalid');
  expect(conditionOf(refused, 'Published')?.message).toMatch(
    /2 errors: b\.properties:1:1: it gives the variable A, and so does "a\.env" line 1;.*\nc\.json: spec\.env names it, and the folder has no such file/,
  );
});

test('a file that is left out of the folder gives variables, and is checked like the others', async () => {
  const { git, namespace, apply, published, snapshots, condition, lookNow } = world();
  const repository = git.repository('left-out');
  const commit = await repository.commit({ 'shop/.env': 'A=1\n', 'shop/page.html': '<p>' });
  const ns = await namespace();
  const spec = { env: [{ file: '.env' }], exclude: ['.env'] };
  await apply(ns, { url: repository.url, path: 'shop' }, { spec });
  const hash = (await published(ns, commit)).status?.hash;
  expect(await dataOf(ns, `shop-${hash}-env`)).toEqual({ A: '1' });
  const objects = await snapshots(ns);
  const base = objects.find(({ metadata }) => metadata.name === `shop-${hash}`);
  expect(parseSnapshot(base?.metadata ?? { name: '' })?.files.map(({ path }) => path)).toEqual(['page.html']);

  await repository.commit({ 'shop/.env': `A=1\nTOKEN=ghp_${'aB3dE6gH9j'.repeat(3)}kLm2Np\n` });
  await lookNow(ns);
  const refused = await condition(ns, 'Published', 'Invalid', /\.env:2/);
  expect(conditionOf(refused, 'Published')?.message).not.toContain('aB3dE6');
});
