// What is kept of a repository between two reads, push after push.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import type { CommitId } from '../../../../src/api/identifiers.ts';
import { wholeFolder } from '../../../../src/content/select/selection.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createGitSource } from '../../../../src/sync/git/git-source.ts';
import { defaultGitLimits } from '../../../../src/sync/git/limits.ts';
import { addressOf } from '../../../support/git-servers/open-source.ts';
import { headOf, main, never } from '../../../support/git-servers/read-source.ts';
import { testSize } from '../../../support/size.ts';

let git: GitServer;
beforeAll(async () => {
  git = await startGitServer();
});
afterAll(() => git.stop());

function open(url: string) {
  return createGitSource({
    address: addressOf(url),
    credential: {
      login: { kind: 'anonymous' },
      tls: { ca: undefined, client: undefined },
      proxy: undefined,
    },
    authorizer: { header: async () => undefined, renew: async () => false },
    userAgent: 'git/2.0 (confroll-test)',
    limits: defaultGitLimits,
    clock: systemClock,
    onBytes: () => {},
  });
}

test('it does not grow with the pushes', async () => {
  const repository = git.repository('pushed');
  const source = open(repository.url);
  let published: CommitId | undefined;
  const sizes: { objects: number; bytes: number }[] = [];
  for (let push = 0; push < testSize({ usual: 40, full: 400 }); push += 1) {
    const text = `push: ${String(push).padStart(6, '0')}\n`;
    await repository.commit({ 'shop/a': text, [`other/${push % 7}`]: text });
    const head = await headOf(source);
    const request = { reference: main, head, selection: wholeFolder('shop'), submodules: false, published };
    expect((await source.read(request, never)).kind).toBe('ok');
    published = head.commit;
    sizes.push(source.size());
  }
  const grown = sizes.at(20);
  expect(sizes.at(-1)).toEqual(grown);
  source.close();
  expect(source.size()).toEqual({ objects: 0, bytes: 0 });
}, 600_000);

test('files beyond a few MiB are not kept, and asked for again', async () => {
  const repository = git.repository('large');
  const random = () => randomBytes(1_500_000);
  await repository.commit({ 'shop/a': random(), 'shop/b': random(), 'shop/c': random(), 'shop/small': '1' });
  const source = open(repository.url);
  const head = await headOf(source);
  const request = {
    reference: main,
    head,
    selection: wholeFolder('shop'),
    submodules: false,
    published: undefined,
  };
  const first = await source.read(request, never);
  expect(source.size().bytes).toBeLessThan(2.5 * 1024 * 1024);
  expect(await source.read(request, never)).toEqual(first);
  expect(first).toMatchObject({ kind: 'ok', files: { length: 4 } });
  source.close();
});

test('what is kept can be let go at any time, and is asked for again', async () => {
  const repository = git.repository('released');
  await repository.commit({ 'shop/a': '1', 'other/b': '2' });
  const source = open(repository.url);
  const head = await headOf(source);
  const request = {
    reference: main,
    head,
    selection: wholeFolder('shop'),
    submodules: false,
    published: undefined,
  };
  const first = await source.read(request, never);
  const reading = source.read(request, never);
  source.release();
  expect(await reading).toEqual(first);
  expect(source.size()).toEqual({ objects: 0, bytes: 0 });
  expect(await source.read(request, never)).toEqual(first);
  source.release();
  expect(source.size()).toEqual({ objects: 0, bytes: 0 });
  source.close();
});
