// Submodules of the folder that is read, from their own repositories on the same server.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FileChange } from '../../../../local/git-server/fast-import.ts';
import type { Repository } from '../../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import { type Selection, wholeFolder } from '../../../../src/content/select/selection.ts';
import type { Folder, Source } from '../../../../src/sync/source.ts';
import { serverText } from '../../../support/git-servers/broken.ts';
import { openSource } from '../../../support/git-servers/open-source.ts';
import { failed, headOf, main, never } from '../../../support/git-servers/read-source.ts';
import { startSshFront } from '../../../support/git-servers/ssh-front.ts';
import { passphrase, sshKey } from '../../../support/planted.ts';

let git: GitServer;
let library: Repository;
let recorded: string;
const opened: Source[] = [];

beforeAll(async () => {
  git = await startGitServer();
  library = git.repository('team/library');
  recorded = await library.commit({ 'lib.conf': '1', 'deep/er/x': 'x' });
  await library.commit({ 'lib.conf': 'newer than what is recorded' });
});
afterAll(async () => {
  for (const source of opened) source.close();
  await git.stop();
});

/** `links`: path -> commit. */
async function commit(
  repository: Repository,
  files: Readonly<Record<string, FileChange>>,
  links: Readonly<Record<string, string>>,
): Promise<string> {
  const run = async (...args: string[]): Promise<string> => (await repository.git(...args)).toString().trim();
  const made = await repository.commit(files);
  await run('read-tree', made);
  for (const [path, oid] of Object.entries(links)) {
    await run('update-index', '--add', '--cacheinfo', `160000,${oid},${path}`);
  }
  const linked = await run('commit-tree', '-p', made, '-m', 'link', await run('write-tree'));
  await repository.setRef('main', linked);
  return linked;
}

const modules = (path: string, url: string): string =>
  `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`;

async function read(
  repository: Repository,
  path: string,
  submodules = true,
  more: Partial<Selection> = {},
): Promise<Folder> {
  const source = openSource(repository.url);
  opened.push(source);
  const head = await headOf(source);
  return source.read(
    { reference: main, head, selection: { ...wholeFolder(path), ...more }, submodules, published: undefined },
    never,
  );
}

function contents(folder: Folder): Record<string, string> {
  if (folder.kind !== 'ok') throw new Error(folder.message);
  return Object.fromEntries(
    folder.files.map(({ path, bytes }) => [Buffer.from(path).toString(), Buffer.from(bytes).toString()]),
  );
}

describe('a submodule', () => {
  test('is read at the commit that is recorded for it', async () => {
    const repository = git.repository('team/super');
    const files = { 'shop/a': '1', '.gitmodules': modules('shop/lib', '../library.git') };
    await commit(repository, files, { 'shop/lib': recorded });
    expect(contents(await read(repository, 'shop'))).toEqual({
      a: '1',
      'lib/lib.conf': '1',
      'lib/deep/er/x': 'x',
    });
    // The path may lead into it, or through it.
    expect(contents(await read(repository, 'shop/lib'))).toEqual({ 'lib.conf': '1', 'deep/er/x': 'x' });
    expect(contents(await read(repository, 'shop/lib/deep'))).toEqual({ 'er/x': 'x' });
    expect(await read(repository, 'shop/lib/none')).toMatchObject({
      kind: 'rejected',
      reason: 'PathNotFound',
    });
  });

  test('of a submodule is read, too', async () => {
    const middle = git.repository('team/middle');
    const files = { m: 'm', '.gitmodules': modules('inner', `${git.url}/team/library.git`) };
    const at = await commit(middle, files, { inner: recorded });
    const outer = git.repository('team/outer');
    await commit(outer, { '.gitmodules': modules('mid', './../middle.git') }, { mid: at });
    expect(contents(await read(outer, 'mid'))).toMatchObject({ m: 'm', 'inner/lib.conf': '1' });
  });

  test('is part of a layer, or a layer of its own, and globs go through it', async () => {
    const repository = git.repository('team/layers');
    const files = {
      'shop/a': '1',
      'shop/.confrollignore': 'deep/\n',
      'over/lib.conf': 'over',
      'over/deep': 'a file',
      '.gitmodules': modules('shop/lib', '../library.git'),
    };
    await commit(repository, files, { 'shop/lib': recorded });
    const paths = ['shop/lib', 'over'];
    expect(contents(await read(repository, '', true, { paths }))).toEqual({
      'lib.conf': 'over',
      deep: 'a file',
    });
    const selected = { ignoreFiles: true, exclude: ['a'] };
    expect(contents(await read(repository, 'shop', true, selected))).toEqual({ 'lib/lib.conf': '1' });
  });

  test('of which all is left out is not asked for', async () => {
    const repository = git.repository('team/left-out');
    await commit(repository, { 'shop/a': '1' }, { 'shop/lib': recorded });
    // Nothing says where it is.
    expect(await read(repository, 'shop')).toMatchObject({ kind: 'rejected', reason: 'UnsupportedFile' });
    for (const submodules of [true, false]) {
      const folder = await read(repository, 'shop', submodules, { exclude: ['lib/'] });
      expect(contents(folder)).toEqual({ a: '1' });
    }
  });

  test('that has not changed costs nothing when the folder around it has', async () => {
    const repository = git.repository('team/again');
    const files = { 'shop/a': '1', '.gitmodules': modules('shop/lib', '../library.git') };
    await commit(repository, files, { 'shop/lib': recorded });
    const source = openSource(repository.url);
    opened.push(source);
    const readNow = async () => {
      const head = await headOf(source);
      const request = {
        reference: main,
        head,
        selection: wholeFolder('shop'),
        submodules: true,
        published: head.commit,
      };
      return contents(await source.read(request, never));
    };
    await readNow();
    await repository.commit({ 'shop/a': '2' });
    const before = git.requests();
    expect(await readNow()).toMatchObject({ a: '2', 'lib/lib.conf': '1' });
    expect(git.requests() - before).toBe(3);
  });

  test('is told as what it is where submodules are not followed', async () => {
    const repository = git.repository('team/unfollowed');
    await commit(repository, { '.gitmodules': modules('lib', '../library.git') }, { lib: recorded });
    expect(await read(repository, '', false)).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ kind: 'submodule' })]),
    });
    expect(await read(repository, 'lib', false)).toMatchObject({
      reason: 'PathNotFound',
      message: expect.stringMatching(/spec\.source\.submodules/),
    });
  });
});

describe('a submodule is refused in words', () => {
  const user = 'https://user:hunter2@127.0.0.1/x.git';
  test.each<[string, string | undefined, object, RegExp]>([
    ['without a url', undefined, { kind: 'rejected', reason: 'UnsupportedFile' }, /does not say where/],
    ['on another host', 'https://git.example.com/x.git', { reason: 'UnsupportedFile' }, /git\.example\.com/],
    ['with a password in its url', user, { reason: 'UnsupportedFile' }, /user or password/],
    ['whose url leads above the host', '../../../../../x', { reason: 'UnsupportedFile' }, /no address/],
    [
      'of a repository that is not there',
      '../none.git',
      { reason: 'InvalidSource', class: 'person' },
      /team\/none\.git, where submodule "shop\/lib" is,.*correct the url of the submodule in \.gitmodules, or give the credential/,
    ],
    ['without that commit', '../other.git', { reason: 'RefNotFound', class: 'change' }, /recorded at commit/],
  ])('%s', async (name, url, failure, message) => {
    await git.repository('team/other').commit({ a: '1' });
    const repository = git.repository(`team/refused-${name.replaceAll(/\W/g, '-')}`);
    const files = {
      'shop/a': '1',
      ...(url === undefined ? {} : { '.gitmodules': modules('shop/lib', url) }),
    };
    await commit(repository, files, { 'shop/lib': recorded });
    const folder = await read(repository, 'shop');
    expect(folder).toMatchObject({ ...failure, message: expect.stringMatching(message) });
    expect(JSON.stringify(folder)).not.toContain('hunter2');
  });

  test('of a repository that is not there over SSH, either', async () => {
    const user = sshKey();
    const front = await startSshFront({ root: git.root, publicKeys: [user.publicKey], text: serverText });
    onTestFinished(() => front.stop());
    const repository = git.repository('team/over-ssh');
    const files = { 'shop/a': '1', '.gitmodules': modules('shop/lib', '../none.git') };
    await commit(repository, files, { 'shop/lib': recorded });
    const { knownHosts } = front;
    const source = openSource(`${front.url}/team/over-ssh.git`, {
      login: { kind: 'ssh', privateKey: user.privateKey, passphrase, knownHosts },
    });
    opened.push(source);
    const head = await headOf(source);
    const selection = wholeFolder('shop');
    const request = { reference: main, head, selection, submodules: true, published: undefined };
    expect(await source.read(request, never)).toMatchObject({
      reason: 'InvalidSource',
      class: 'person',
      about: 'login',
      message: expect.stringMatching(
        /^there is no repository at ssh:.*\/team\/none\.git, where submodule "shop\/lib" is,.*\.gitmodules/,
      ),
    });
  });

  test('within a submodule, with the way to it', async () => {
    const middle = git.repository('team/broken-middle');
    const at = await commit(middle, { '.gitmodules': modules('inner', '../none.git') }, { inner: recorded });
    const outer = git.repository('team/broken-outer');
    await commit(outer, { '.gitmodules': modules('mid', '../broken-middle.git') }, { mid: at });
    const { message } = failed(await read(outer, ''));
    expect(message).toMatch(
      /^in submodule "mid": there is no repository at .*\/team\/none\.git, where submodule "inner" is,/,
    );
  });

  test('where submodules of submodules are more than anybody wants', async () => {
    const wide = git.repository('team/wide');
    const names = Array.from({ length: 20 }, (_, index) => `m${index}`);
    const files = { '.gitmodules': names.map((name) => modules(name, '../wide.git')).join('') };
    let at = await wide.commit({ a: '1' });
    for (let depth = 0; depth < 3; depth += 1) {
      at = await commit(wide, files, Object.fromEntries(names.map((name) => [name, at])));
    }
    const before = git.requests();
    expect(await read(wide, '')).toMatchObject({
      kind: 'rejected',
      reason: 'TooLarge',
      message: expect.stringMatching(/more than 100 submodules/),
    });
    // What is read twice is asked for once.
    expect(git.requests() - before).toBeLessThan(50);
  });

  test('in a chain that goes on and on', async () => {
    const chain = git.repository('team/chain');
    let at = await chain.commit({ a: '1' });
    for (let depth = 0; depth < 6; depth += 1) {
      at = await commit(chain, { '.gitmodules': modules('next', '../chain.git') }, { next: at });
    }
    expect(await read(chain, '')).toMatchObject({
      reason: 'UnsupportedFile',
      message: expect.stringMatching(/submodules deep/),
    });
  });
});
