import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { FileChange } from '../../../local/git-server/fast-import.ts';
import { openRepository, type Repository } from '../../../local/git-server/repository.ts';
import { seed } from '../../../local/git-server/seed.ts';

const root = mkdtempSync(join(tmpdir(), 'confroll-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
const repository = (): Repository => {
  made += 1;
  return openRepository(root, `r${made}`, 'http://git.example');
};
const paths = async (of: Repository, commit: string, path = ''): Promise<string[]> =>
  [...(await of.archive(commit, path)).keys()].sort();
const words = async (of: Repository, ...args: string[]): Promise<string> =>
  (await of.git(...args)).toString().trim();

describe('a repository for tests', () => {
  it('commits on top of what is there, and deletes files and folders', async () => {
    const r = repository();
    await r.commit({ a: '1', 'd/x': '1', 'd/e/y': '1', z: '1' }, { message: 'first "quoted"\n\nbody' });
    const second = await r.commit(
      { a: '2', d: null, z: null },
      { author: { name: 'Zoë', email: 'z@x.invalid' } },
    );
    expect(await paths(r, second)).toEqual(['a']);
    expect(await r.head()).toBe(second);
    expect(await words(r, 'log', '--format=%an <%ae> %s', 'main')).toBe(
      'Zoë <z@x.invalid> Change config\nConfroll Tests <tests@confroll.invalid> first "quoted"',
    );
  });

  it('keeps order when commits are asked for at once', async () => {
    const r = repository();
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => r.commit({ [`f${n}`]: String(n) })));
    expect((await words(r, 'rev-list', '--reverse', 'main')).split('\n')).toEqual(ids);
    expect(await paths(r, ids[4] ?? '')).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  it('goes on after a commit that failed', async () => {
    const r = repository();
    await expect(r.commit({ 'a//b': 'x' })).rejects.toThrow('git fast-import failed');
    expect(await r.head()).toBeUndefined();
    await r.commit({ a: '1' });
  });

  it('replaces the last commit by force, the first one too', async () => {
    const r = repository();
    await r.commit({ a: '1', b: '1' });
    const first = await r.commit({ b: '2' }, { force: true });
    expect(await words(r, 'rev-list', '--count', 'main')).toBe('1');
    expect(await paths(r, first)).toEqual(['a', 'b']);
    await r.commit({ c: '1' });
    const second = await r.commit({ d: '1' }, { force: true });
    expect(await words(r, 'rev-parse', `${second}^`)).toBe(first);
    expect(await paths(r, second)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('moves and removes branches and tags', async () => {
    const r = repository();
    const first = await r.commit({ a: '1' });
    const second = await r.commit({ a: '2' });
    await r.setRef('main', first);
    await r.setRef('team/next', second);
    await r.setRef('refs/tags/v1', first);
    expect([await r.head(), await r.head('team/next'), await r.head('refs/tags/v1')]).toEqual([
      first,
      second,
      first,
    ]);
    expect(await r.head('team')).toBeUndefined();
    await r.setRef('main', undefined);
    expect(await r.head()).toBeUndefined();
  });

  it('archives modes, links, long names and bytes as they are', async () => {
    const r = repository();
    const long = `${'folder/'.repeat(30)}${'n'.repeat(150)}`;
    const commit = await r.commit({
      'x/plain': 'text',
      'x/tool.sh': { content: 'run', executable: true },
      'x/link': { symlink: 'plain' },
      'x/über maß "q" \\ b': Buffer.from([0, 255, 10, 13]),
      [`x/${long}`]: '',
      other: '',
    });
    const files = await r.archive(commit, 'x');
    expect([...files].map(([path, { mode }]) => [path, mode.toString(8)]).sort()).toEqual(
      [
        ['plain', '644'],
        ['tool.sh', '755'],
        ['link', '120000'],
        ['über maß "q" \\ b', '644'],
        [long, '644'],
      ].sort(),
    );
    expect(files.get('link')?.content.toString()).toBe('plain');
    expect(files.get('über maß "q" \\ b')?.content).toEqual(Buffer.from([0, 255, 10, 13]));
    await expect(r.archive(commit, 'absent')).rejects.toThrow('git archive failed');
  });

  it('gives back any tree that it was given', async () => {
    const name = fc.stringMatching(/^[a-z0-9 _+=~@#-]{1,12}$/).map((text) => `f${text}`);
    const content = fc.oneof(fc.string(), fc.uint8Array({ maxLength: 2000 }));
    const folder = fc.dictionary(name, content, { minKeys: 1, maxKeys: 12 });
    await fc.assert(
      fc.asyncProperty(folder, async (files) => {
        const r = repository();
        const changes: Record<string, FileChange> = {};
        for (const [key, value] of Object.entries(files)) changes[`dir/${key}`] = value;
        const archived = await r.archive(await r.commit(changes), 'dir');
        const expected = Object.entries(files).map(([key, value]) => [
          key,
          Buffer.from(value).toString('hex'),
        ]);
        expect([...archived].map(([key, file]) => [key, file.content.toString('hex')]).sort()).toEqual(
          expected.sort(),
        );
      }),
      { numRuns: 25 },
    );
  });

  it.each(['', '/abs', '../up', 'a/../b', '-flag', 'a//b'])('refuses the name "%s"', (name) => {
    expect(() => openRepository(root, name, 'http://x')).toThrow('no repository name');
  });

  it('is seeded once', async () => {
    const r = repository();
    const first = await seed(r);
    expect(await paths(r, first, 'envs/prod/shop')).toContain('nginx.conf');
    const pushed = await r.commit({ 'envs/prod/shop/nginx.conf': null });
    expect(await seed(r)).toBe(pushed);
  });
});
