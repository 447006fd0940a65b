// The operator's credentials on a real disk: who gets which, rotations of values and of the file, and what fails.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import type { Material } from '../../../../src/sync/credentials/material.ts';
import {
  type OperatorCredentials,
  openOperatorCredentials,
} from '../../../../src/sync/credentials/operator/operator-credentials.ts';
import { SourceError } from '../../../../src/sync/git/source-error.ts';
import { createRecordedLog, type RecordedLog } from '../../../support/recorded-log.ts';

const environment = { GIT_USER: 'reader', GIT_PASSWORD: 'planted-password' };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'confroll-operator-'));
});
afterAll(() => rm(root, { recursive: true }));

type Opened = {
  readonly log: RecordedLog;
  readonly operator: OperatorCredentials;
  readonly folder: string;
  readonly file: string;
};

/** `$` in the text is a folder of its own. */
async function open(text: string): Promise<Opened> {
  const folder = await mkdtemp(join(root, 'x'));
  const file = join(folder, 'credentials.yaml');
  await writeFile(file, text.replaceAll('$', folder));
  const log = createRecordedLog();
  const opened = await openOperatorCredentials({ file, environment, log });
  if (opened.kind === 'invalid') throw new Error(opened.problems.join('\n'));
  return { log, operator: opened.operator, folder, file };
}

async function find(
  { operator }: Opened,
  url = 'https://git.example.com/x',
  namespace = 'prod',
): Promise<Material | undefined> {
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error('no address');
  return operator.find(address, namespace);
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourceError)) throw error ?? new Error('nothing was refused');
  return error.failure.message;
}

const one = '- {host: git.example.com, namespaces: [prod], directory: $/git}';
async function put(folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [key, value] of Object.entries(values)) await writeFile(join(folder, key), value);
}

describe('who gets which', () => {
  test('a namespace that is named comes before all, whatever the order', async () => {
    const opened = await open(`
- {host: git.example.com, namespaces: ["*"], directory: $/all}
- {host: git.example.com, namespaces: [prod, stage], directory: $/some}
- {host: "git.example.com:2222", namespaces: ["*"], directory: $/ssh}
- {host: github.com, namespaces: ["*"], environment: {username: GIT_USER, password: GIT_PASSWORD}}
`);
    for (const name of ['all', 'some', 'ssh']) await put(join(opened.folder, name), { token: name });
    const tokenOf = async (url?: string, namespace?: string) =>
      (await find(opened, url, namespace))?.value('token');
    expect(await tokenOf()).toBe('some');
    expect(await tokenOf(undefined, 'dev')).toBe('all');
    expect(await tokenOf('https://git.example.com:443/x', 'dev')).toBe('all');
    expect(await tokenOf('https://git.example.com:8443/x')).toBeUndefined();
    expect(await tokenOf('ssh://git.example.com:2222/x')).toBe('ssh');
    expect(await tokenOf('git@git.example.com:x', 'dev')).toBe('all');
    expect(await tokenOf('https://example.com/x')).toBeUndefined();
    const github = await find(opened, 'https://github.com/team/x');
    expect([github?.value('username'), github?.value('password')]).toEqual(['reader', 'planted-password']);
    expect(github?.name).toBe("the operator's for github.com");
  });

  test('a port comes before none, so that each scheme has its own', async () => {
    const opened = await open(`
- {host: git.example.com, namespaces: [prod], directory: $/any}
- {host: "git.example.com:22", namespaces: ["*"], directory: $/ssh}
`);
    for (const name of ['any', 'ssh']) await put(join(opened.folder, name), { token: name });
    expect((await find(opened, 'git@git.example.com:x'))?.value('token')).toBe('ssh');
    expect((await find(opened))?.value('token')).toBe('any');
    expect(await find(opened, undefined, 'dev')).toBeUndefined();
  });

  test('nobody over http://, where it could be read on the way', async () => {
    const opened = await open(one);
    await put(join(opened.folder, 'git'), { token: 'planted' });
    expect(await find(opened, 'http://git.example.com/x')).toBeUndefined();
  });
});

describe('rotation', () => {
  test('of a file counts at the next look', async () => {
    const opened = await open(one);
    const folder = join(opened.folder, 'git');
    await put(folder, { username: 'reader', password: 'one' });
    expect((await find(opened))?.value('password')).toBe('one');
    await put(folder, { password: 'two\n' });
    expect((await find(opened))?.value('password')).toBe('two');
  });

  test('of a mounted Secret is seen whole: no name of one with the password of the next', async () => {
    const opened = await open(one);
    const folder = join(opened.folder, 'git');
    // As the kubelet lays it out: ..data is a link that is turned, the keys are links into it.
    const turn = async (round: number): Promise<void> => {
      await put(join(folder, `..${round}`), { username: `u${round}`, password: `p${round}` });
      await symlink(`..${round}`, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
      if (round > 0) await rm(join(folder, `..${round - 1}`), { recursive: true });
    };
    await mkdir(folder);
    await turn(0);
    for (const key of ['username', 'password']) await symlink(`..data/${key}`, join(folder, key));
    let isOver = false;
    const turning = (async () => {
      for (let round = 1; round <= 60; round += 1) await turn(round);
      isOver = true;
    })();
    let looks = 0;
    while (!isOver) {
      const found = await find(opened).catch((error: unknown) => {
        // Turned too often while we looked: nothing is better than half.
        if (error instanceof SourceError) return undefined;
        throw error;
      });
      if (found !== undefined)
        expect(found.value('password')?.slice(1)).toBe(found.value('username')?.slice(1));
      looks += 1;
    }
    await turning;
    expect(looks).toBeGreaterThan(0);
    expect((await find(opened))?.value('password')).toBe('p60');
  });

  test('of the list is picked up; a bad one leaves the last good one, and is told once', async () => {
    const opened = await open(one);
    await put(join(opened.folder, 'git'), { token: 'planted-token' });
    await put(join(opened.folder, 'other'), { token: 'planted-other' });
    expect(await find(opened, undefined, 'stage')).toBeUndefined();
    const text = `- {host: git.example.com, namespaces: [stage], directory: ${opened.folder}/other}`;
    await writeFile(opened.file, text);
    expect((await find(opened, undefined, 'stage'))?.value('token')).toBe('planted-other');
    expect(await find(opened)).toBeUndefined();

    await writeFile(opened.file, '- {host: git.example.com, token: planted-token}');
    expect((await find(opened, undefined, 'stage'))?.value('token')).toBe('planted-other');
    await rm(opened.file);
    expect((await find(opened, undefined, 'stage'))?.value('token')).toBe('planted-other');
    expect((await find(opened, undefined, 'stage'))?.value('token')).toBe('planted-other');
    await writeFile(opened.file, text);
    expect((await find(opened, undefined, 'stage'))?.value('token')).toBe('planted-other');

    expect(opened.log.lines.map(({ level }) => level)).toEqual(['info', 'warn', 'warn']);
    expect(opened.log.lines[2]?.fields).toMatchObject({ problems: ['it is not there'] });
    expect(JSON.stringify(opened.log.lines)).not.toContain('planted');
  });
});

describe('what cannot be used', () => {
  test.for<[string, (folder: string) => Promise<unknown>, RegExp]>([
    ['no directory', async () => {}, /ENOENT/],
    ['a file', (folder) => writeFile(folder, ''), /no directory/],
    ['an empty directory', (folder) => mkdir(folder), /none of the files/],
    [
      'a folder in place of a file',
      (folder) => mkdir(join(folder, 'token'), { recursive: true }),
      /token is no regular file/,
    ],
    [
      'a pipe',
      async (folder) => {
        await mkdir(folder);
        execFileSync('mkfifo', [join(folder, 'token')]);
      },
      /token is no regular file/,
    ],
    [
      'a file without end',
      async (folder) => {
        await put(folder, { token: '' });
        await truncate(join(folder, 'token'), 2 ** 31);
      },
      /token is longer/,
    ],
    [
      'a device',
      async (folder) => {
        await mkdir(folder);
        await symlink('/dev/zero', join(folder, 'token'));
      },
      /token is no regular file/,
    ],
  ])('%s: the operator is told all, once, the tenant whom to ask', async ([, make, why]) => {
    const opened = await open(one);
    const folder = join(opened.folder, 'git');
    await make(folder);
    const message = await failure(find(opened));
    await failure(find(opened));
    expect(message).toMatch(/^the operator's for git\.example\.com cannot be used/);
    expect(message).not.toContain(opened.folder);
    expect(opened.log.lines).toEqual([
      {
        level: 'warn',
        message: "the operator's credentials cannot be used",
        fields: { host: 'git.example.com', directory: folder, why: expect.stringMatching(why) },
      },
    ]);
    await rm(folder, { recursive: true, force: true });
    await put(folder, { token: 'good' });
    expect((await find(opened))?.value('token')).toBe('good');
  });

  test('values that are no credential: likewise, and anew when they change', async () => {
    const opened = await open(one);
    const folder = join(opened.folder, 'git');
    await put(folder, { username: 'planted-name' });
    const refuse = async () => (await find(opened))?.refuse('has username without password').message;
    const message = await refuse();
    await refuse();
    expect(message).not.toContain('username');
    expect(opened.log.lines).toHaveLength(1);
    expect(opened.log.lines[0]?.fields).toMatchObject({
      directory: folder,
      why: 'has username without password',
    });
    await put(folder, { username: 'planted-other' });
    await refuse();
    expect(opened.log.lines).toHaveLength(2);
    expect(JSON.stringify([opened.log.lines, message])).not.toContain('planted');
  });

  test('a file with mistakes at the start', async () => {
    const file = join(root, 'bad.yaml');
    await writeFile(file, '- {host: h}');
    const opened = await openOperatorCredentials({ file, environment, log: createRecordedLog() });
    expect(opened).toEqual({
      kind: 'invalid',
      problems: [
        expect.stringContaining(`--git-credentials ${file}: entry 1: namespaces must list`),
        expect.stringContaining(`--git-credentials ${file}: entry 1: it must have exactly one of`),
      ],
    });
  });
});
