// The law of reading: for any history, what we read of a folder, a file or layers at a commit is what `git archive` gives, and how it
// stands to the commit before is what `git rev-list` counts, over every transport and every fallback, push after push. One
// file, because what is to be read stands beside the ways it is read by.
import { posix } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateAuthority, generateLeaf } from '../../../certs/generate.ts';
import { type ForwardProxy, startForwardProxy } from '../../../local/git-server/forward-proxy.ts';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import type { CommitId } from '../../../src/api/identifiers.ts';
import { type Selection, wholeFolder } from '../../../src/content/select/selection.ts';
import type { Folder, History, Source } from '../../../src/sync/source.ts';
import { beginHistory, type Entry, type Push, pushes } from '../../support/git-histories.ts';
import { startFront } from '../../support/git-servers/front.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import { headOf, never, reading } from '../../support/git-servers/read-source.ts';
import type { Speaks } from '../../support/git-servers/speaks.ts';
import { startSshFront } from '../../support/git-servers/ssh-front.ts';
import { passphrase, sshKey } from '../../support/planted.ts';
import { testSize } from '../../support/size.ts';
import { dayToDay, rewritten } from '../../support/told-histories.ts';

// The first ones are those that are told.
const numRuns = testSize({ usual: 2, full: 17 });
// To follow submodules where there are none asks the server for nothing more.
const followsNothing = testSize({ usual: false, full: true });

/** A history, and the folders that are read of it one after the other; '' is all of the repository. */
const histories = fc.tuple(pushes, fc.constantFrom<string[]>(['shop'], [''], ['', 'shop']));
const told: [[Push[], string[]]][] = [[[dayToDay, ['shop']]], [[rewritten, ['']]]];

/** A way to the server: opens a Source of a repository there. */
type Way = { readonly name: string; open(repository: string): Source; stop(): Promise<void> };

let git: GitServer;
let submodules: {
  readonly name: string;
  readonly commits: readonly string[];
  readonly repository: Repository;
};
let proxy: ForwardProxy;
const ways: Way[] = [];

const transports = ['https', 'https through a proxy', 'http', 'http through a proxy'] as const;
type Transport = (typeof transports)[number];
const fallbacks: readonly Speaks[] = ['v2', 'v2-commits-only', 'v2-without-filter', 'v0'];

beforeAll(async () => {
  git = await startGitServer();
  const repository = git.repository('law/modules');
  const commits: string[] = [];
  for (const round of [1, 2, 3]) {
    const inside = {
      'lib.conf': `round ${round}`,
      'deep/er': String(round),
      run: { executable: true, content: '#!' },
    } as const;
    commits.push(await repository.commit(inside));
  }
  submodules = { name: 'modules', commits, repository };
  proxy = await startForwardProxy();
  // Each transport and each fallback; every pair of them where there is time for it.
  const pairs = testSize<readonly (readonly [Transport, Speaks])[]>({
    usual: [
      ['https', 'v2'],
      ['https through a proxy', 'v2-without-filter'],
      ['http', 'v2-commits-only'],
      ['http through a proxy', 'v0'],
    ],
    full: transports.flatMap((transport) => fallbacks.map((speaks) => [transport, speaks] as const)),
  });
  for (const [transport, speaks] of pairs) ways.push(await overHttp(transport, speaks));
  const overSshToo = testSize<readonly Speaks[]>({
    usual: ['v2', 'v2-without-filter', 'v0'],
    full: fallbacks,
  });
  for (const speaks of overSshToo) ways.push(await overSsh(speaks));
});
afterAll(async () => {
  for (const way of ways) await way.stop();
  await proxy.stop();
  await git.stop();
});

test('what is read is what git archive gives, over every transport and fallback', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(histories, async ([history, paths]) => {
      count += 1;
      const repository = git.repository(`law/${count}`);
      const made = await beginHistory(repository, submodules);
      const sources = ways.map((way) => ({ name: way.name, source: way.open(repository.name) }));
      try {
        let published: CommitId | undefined;
        for (const [index, push] of history.entries()) {
          const commit = await made.push(push);
          const selected = await selections(repository, commit, index % 2 === 0);
          const standing = await standingOf(repository, commit, published);
          const wanted = await wantedOf(repository, commit, paths, made);
          const heads = await Promise.all(
            sources.map(async ({ name, source }) => {
              const head = await headOf(source);
              expect(head.commit, name).toBe(commit);
              for (const { files, ...what } of wanted) {
                const folder = await source.read({ ...reading(head), published, ...what }, never);
                if (folder.kind !== 'ok') throw new Error(`${name}: ${folder.message}`);
                expect(readOf(folder), `${name}, ${JSON.stringify(what)}`).toEqual(files);
                expectStanding(folder.history, standing, name);
              }
              for (const { selection, follow, files } of selected) {
                const request = { ...reading(head), published, selection, submodules: follow };
                const folder = await source.read(request, never);
                if (folder.kind !== 'ok') throw new Error(`${name}: ${folder.message}`);
                expect(readOf(folder), `${name}, ${selection.paths}, submodules ${follow}`).toEqual(files);
              }
              return head;
            }),
          );
          published = heads[0]?.commit;
        }
      } finally {
        for (const { source } of sources) source.close();
      }
    }),
    // To shrink would take the whole time once more for each step; the seed in the message repeats it.
    { numRuns, endOnFailure: true, examples: told },
  );
}, 1_800_000);

type Files = Map<string, { readonly kind: Entry['kind']; readonly bytes: string }>;

/** What is to be read of each folder, without its submodules and with them. */
async function wantedOf(
  repository: Repository,
  commit: string,
  paths: readonly string[],
  made: { folder(path: string): ReadonlyMap<string, Entry> },
): Promise<{ selection: Selection; submodules: boolean; files: Files }[]> {
  const wanted = paths.map(async (path) => {
    const files = await archive(repository, commit, path);
    const selection = wholeFolder(path);
    const plain = { selection, submodules: false, files: withGitlinks(files, made.folder(path)) };
    const hasSubmodules = [...made.folder(path).values()].some(({ kind }) => kind === 'submodule');
    if (!hasSubmodules && !followsNothing) return [plain];
    return [plain, { selection, submodules: true, files: await withSubmodules(files, made.folder(path)) }];
  });
  return (await Promise.all(wanted)).flat();
}

function readOf({ files }: Extract<Folder, { kind: 'ok' }>): Files {
  return new Map(
    files.map((file) => [
      Buffer.from(file.path).toString('utf8'),
      { kind: file.kind, bytes: latin1(file.bytes) },
    ]),
  );
}

async function archive(repository: Repository, commit: string, path: string): Promise<Files> {
  const files = await repository.archive(commit, path);
  return new Map(
    [...files].map(([name, { content, mode }]) => [name, { kind: kindOf(mode), bytes: latin1(content) }]),
  );
}

type Selected = { readonly selection: Selection; readonly follow: boolean; readonly files: Files };

/** One file, and all folders of the commit on top of each other, without some of their files. */
async function selections(repository: Repository, commit: string, follow: boolean): Promise<Selected[]> {
  const listed = (await repository.git('ls-tree', '-r', '-t', '-z', commit)).toString('utf8');
  const entries = listed
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', path = ''] = line.split('\t');
      const [mode = '', , oid = ''] = head.split(' ');
      return { mode, oid, path };
    });
  const file = entries.find(({ mode }) => mode.startsWith('100'))?.path ?? '';
  const files = await archive(repository, commit, '');
  const whole: Selected = {
    selection: wholeFolder(file),
    follow: false,
    files: new Map(
      [...files].flatMap(([path, each]) => (path === file ? [[posix.basename(path), each]] : [])),
    ),
  };
  const paths = entries.filter(({ mode }) => mode === '040000').map(({ path }) => path);
  const links = entries.filter(({ mode }) => mode === '160000');
  const all: Files = new Map(files);
  for (const { path, oid } of links) {
    if (!follow) all.set(path, { kind: 'submodule', bytes: '' });
    else
      for (const [inside, each] of await archive(submodules.repository, oid, ''))
        all.set(`${path}/${inside}`, each);
  }
  const merged: Files = new Map();
  for (const layer of paths.slice(0, 16)) {
    for (const [path, each] of all) {
      const name = path.startsWith(`${layer}/`) ? path.slice(layer.length + 1) : undefined;
      if (name === undefined || /(?:^|\/)a(?:\/lib\.conf)?$/.test(name)) continue;
      // A submodule that is left out itself is not followed.
      if (
        links.some(
          (link) => path.startsWith(`${link.path}/`) && /(?:^|\/)a$/.test(link.path.slice(layer.length)),
        )
      )
        continue;
      for (const other of merged.keys()) {
        if (other.startsWith(`${name}/`) || name.startsWith(`${other}/`)) merged.delete(other);
      }
      merged.set(name, each);
    }
  }
  const exclude = ['**/a', '**/a/lib.conf'];
  const selection = { ...wholeFolder(''), paths: paths.slice(0, 16), exclude };
  return [whole, { selection, follow, files: merged }];
}

function kindOf(mode: number): Entry['kind'] {
  if (mode === 0o120000) return 'symlink';
  return (mode & 0o100) === 0 ? 'file' : 'executable';
}

/** Who cannot tell all says nothing of it, and nothing that is wrong; servers that have learnt all tell all. */
function expectStanding({ comparison, ahead, behind }: History, wanted: Standing | undefined, way: string) {
  if (wanted === undefined) return expect(comparison, way).toBe('Unknown');
  if (comparison === 'Unknown' && !way.endsWith(', v2')) return;
  const told = {
    comparison,
    ...(ahead === undefined ? {} : { ahead }),
    ...(behind === undefined ? {} : { behind }),
  };
  expect(wanted, way).toMatchObject(told);
}

type Standing = Omit<History, 'subjects'>;

/** How `git rev-list` says that a commit stands to the one before; after none there is nothing to tell. */
async function standingOf(
  repository: Repository,
  commit: string,
  published: CommitId | undefined,
): Promise<Standing | undefined> {
  if (published === undefined) return undefined;
  const out = await repository.git('rev-list', '--count', '--left-right', `${commit}...${published}`);
  const [ahead = 0, behind = 0] = out.toString('utf8').trim().split('\t').map(Number);
  return { comparison: comparisonOf(ahead, behind), ahead, behind };
}

function comparisonOf(ahead: number, behind: number): History['comparison'] {
  if (ahead === 0) return behind === 0 ? 'UpToDate' : 'Behind';
  return behind === 0 ? 'Ahead' : 'Diverged';
}

/** `git archive` leaves submodules out: they are named as such. */
function withGitlinks(files: Files, folder: ReadonlyMap<string, Entry>): Files {
  const links = [...folder].filter(([, { kind }]) => kind === 'submodule');
  return new Map([
    ...files,
    ...links.map(([name]): [string, { kind: 'submodule'; bytes: string }] => [
      name,
      { kind: 'submodule', bytes: '' },
    ]),
  ]);
}

async function withSubmodules(files: Files, folder: ReadonlyMap<string, Entry>): Promise<Files> {
  const all: Files = new Map(files);
  for (const [name, entry] of folder) {
    if (entry.kind !== 'submodule') continue;
    for (const [inside, file] of await archive(submodules.repository, entry.commit, ''))
      all.set(`${name}/${inside}`, file);
  }
  return all;
}

async function overHttp(transport: Transport, speaks: Speaks): Promise<Way> {
  const authority = await generateAuthority('the authority of the tests');
  const isTls = transport.startsWith('https');
  const front = await startFront({
    target: git,
    speaks,
    ...(isTls ? { tls: await generateLeaf(authority, ['127.0.0.1']) } : {}),
  });
  return {
    name: `${transport}, ${speaks}`,
    open: (name) =>
      openSource(`${front.url}/${name}.git`, {
        tls: { ca: isTls ? authority.certificate : undefined, client: undefined },
        proxy: transport.endsWith('proxy')
          ? { url: new URL(proxy.url), authorization: undefined }
          : undefined,
      }),
    stop: front.stop,
  };
}

async function overSsh(speaks: Speaks): Promise<Way> {
  const { privateKey, publicKey } = sshKey();
  const front = await startSshFront({ root: git.root, publicKeys: [publicKey], text: 'welcome', speaks });
  const login = { kind: 'ssh', privateKey, passphrase, knownHosts: front.knownHosts } as const;
  return {
    name: `ssh, ${speaks}`,
    open: (name) => openSource(`${front.url}/${name}.git`, { login }),
    stop: front.stop,
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
