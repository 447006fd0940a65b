// Histories of a repository, made at random: what people do to a folder over time, pushes that rewrite it included. Each
// push is one commit of a model of the files, so that what stands in it is known without Git.
import fc from 'fast-check';
import { runGit } from '../../local/git-server/git.ts';
import type { Repository } from '../../local/git-server/repository.ts';

export type Push =
  | { readonly kind: 'write'; readonly path: string; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'change mode'; readonly path: string }
  /** Changes on both sides since the last commit. */
  | { readonly kind: 'merge'; readonly ours: string; readonly theirs: string }
  /** Of the submodules' repository, one of its commits. */
  | { readonly kind: 'submodule'; readonly path: string; readonly commit: number }
  /** As `commit --amend` and `push --force` do. */
  | { readonly kind: 'amend'; readonly path: string; readonly entry: Entry }
  /** Back to the commit so many pushes ago. */
  | { readonly kind: 'reset'; readonly pushes: number }
  /** A history that shares nothing with the one before. */
  | { readonly kind: 'begin anew' }
  | { readonly kind: 'nothing' };

export type Entry =
  | { readonly kind: 'file' | 'executable'; readonly bytes: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'submodule'; readonly commit: string };

// Few, or what is changed, moved and deleted would hardly ever be there.
const nearFolders = ['shop', 'shop/ünïcode 名', 'other'];
const near = pathIn(nearFolders, ['a', 'sp ace']);
/** Inside the folder that is read, beside it and above it. */
const anywhere = pathIn(
  ['shop', 'shop/conf.d', 'shop/a/b/c', 'shopping', 'other/deep'],
  ['a', 'b.conf', 'ß', 'Z'],
);

const path = fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: anywhere });
/** Of a file or a folder that may well be there. */
const standing = fc.oneof(
  { weight: 3, arbitrary: near },
  { weight: 1, arbitrary: fc.constantFrom(...nearFolders) },
);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 6, arbitrary: file('file', fc.uint8Array({ maxLength: 300 })) },
  { weight: 2, arbitrary: file('executable', fc.uint8Array({ maxLength: 20 })) },
  { weight: 2, arbitrary: file('file', fc.constant(new Uint8Array())) },
  // Long and alike, so that packs hold deltas.
  {
    weight: 3,
    arbitrary: file(
      'file',
      fc
        .nat(50)
        .map((line) => Buffer.from(`${'key: value\n'.repeat(line)}changed\n${'more: of it\n'.repeat(80)}`)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('a', '../other/a', '/etc/passwd')
      .map((target): Entry => ({ kind: 'symlink', target })),
  },
);

export const pushes: fc.Arbitrary<Push[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), path, entry }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('delete' as const), path: standing }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('rename' as const), from: standing, to: path }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('change mode' as const), path: near }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const), ours: path, theirs: path }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('submodule' as const), path: near, commit: fc.nat(2) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('amend' as const), path, entry }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('reset' as const), pushes: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'begin anew' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'nothing' } as const) },
  ),
  { minLength: 4, maxLength: 9 },
);

type Tree = ReadonlyMap<string, Entry>;
type State = { readonly commit: string; readonly tree: Tree };

export type History = {
  /** Gives the commit that main is at now. */
  push(push: Push): Promise<string>;
  /** What stands in that folder now, submodules as such; empty: in all of the repository. */
  folder(path: string): ReadonlyMap<string, Entry>;
};

/** Begins with a few files. `submodules` stands beside `repository` on the server and has these commits. */
export async function beginHistory(
  repository: Repository,
  submodules: { readonly name: string; readonly commits: readonly string[] },
): Promise<History> {
  const first: Tree = new Map([
    ['shop/first', text('first')],
    ['shop/a', text('a')],
    ['shop/ünïcode 名/sp ace', text('of a folder')],
    ['other/a', text('beside it')],
  ]);
  const states: State[] = [{ commit: await write(repository, first, []), tree: first }];
  let count = 1;

  const now = (): State => {
    const state = states.at(-1);
    if (state === undefined) throw new Error('a history is never empty');
    return state;
  };
  const commit = async (tree: Tree, parents: readonly string[]): Promise<string> => {
    count += 1;
    const made = await write(repository, withModules(tree, submodules.name), parents, `push ${count}`);
    states.push({ commit: made, tree });
    return made;
  };

  return {
    folder: (path) => below(now().tree, path),
    async push(push) {
      const { commit: head, tree } = now();
      switch (push.kind) {
        case 'write':
          return commit(withEntry(tree, push.path, push.entry), [head]);
        case 'delete':
          return commit(keepOne(without(tree, push.path)), [head]);
        case 'rename':
          return commit(keepOne(renamed(tree, push.from, push.to)), [head]);
        case 'change mode':
          return commit(withOtherMode(tree, push.path), [head]);
        case 'merge': {
          const theirs = await write(
            repository,
            withEntry(tree, push.theirs, text(`theirs ${count}`)),
            [head],
            'side',
            'side',
          );
          const both = withEntry(
            withEntry(tree, push.theirs, text(`theirs ${count}`)),
            push.ours,
            text('ours'),
          );
          return commit(both, [head, theirs]);
        }
        case 'submodule': {
          const recorded = submodules.commits[push.commit % submodules.commits.length] ?? '';
          return commit(withEntry(tree, push.path, { kind: 'submodule', commit: recorded }), [head]);
        }
        case 'amend': {
          const before = states.at(-2);
          return commit(withEntry(tree, push.path, push.entry), before === undefined ? [] : [before.commit]);
        }
        case 'reset': {
          const old = states.at(-1 - push.pushes) ?? states[0] ?? now();
          await repository.setRef('main', old.commit);
          states.push(old);
          return old.commit;
        }
        case 'begin anew':
          return commit(tree, []);
        case 'nothing':
          return commit(tree, [head]);
      }
    },
  };
}

function pathIn(folders: readonly string[], names: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...folders), fc.constantFrom(...names)).map((parts) => parts.join('/'));
}

function file(kind: 'file' | 'executable', content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Entry> {
  return content.map((bytes): Entry => ({ kind, bytes }));
}

function text(words: string): Entry {
  return { kind: 'file', bytes: Buffer.from(words) };
}

function below(tree: Tree, folder: string): Map<string, Entry> {
  if (folder === '') return new Map(tree);
  const inside = [...tree].filter(([name]) => name.startsWith(`${folder}/`));
  return new Map(inside.map(([name, each]) => [name.slice(folder.length + 1), each]));
}

/** What stands in the way, a file where a folder is needed or the other way round, goes. */
function withEntry(tree: Tree, name: string, added: Entry): Tree {
  const isAbove = (other: string): boolean => name.startsWith(`${other}/`);
  return new Map([...without(tree, name)].filter(([other]) => !isAbove(other)).concat([[name, added]]));
}

function without(tree: Tree, name: string): Tree {
  return new Map([...tree].filter(([other]) => other !== name && !other.startsWith(`${name}/`)));
}

function renamed(tree: Tree, from: string, to: string): Tree {
  const moved = [...tree].filter(([name]) => name === from || name.startsWith(`${from}/`));
  return moved.reduce(
    (made, [name, each]) => withEntry(made, to + name.slice(from.length), each),
    without(tree, from),
  );
}

function withOtherMode(tree: Tree, name: string): Tree {
  const found = tree.get(name);
  if (found === undefined || (found.kind !== 'file' && found.kind !== 'executable')) return tree;
  return withEntry(tree, name, { ...found, kind: found.kind === 'file' ? 'executable' : 'file' });
}

// A folder that is gone is refused in words, which is the business of other tests.
function keepOne(tree: Tree): Tree {
  return below(tree, 'shop').size > 0 ? tree : withEntry(tree, 'shop/first', text('still'));
}

function withModules(tree: Tree, name: string): Tree {
  const modules = [...tree].flatMap(([at, each]) =>
    each.kind === 'submodule' ? [`[submodule "${at}"]\n\tpath = ${at}\n\turl = ../${name}.git\n`] : [],
  );
  return modules.length === 0 ? tree : withEntry(tree, '.gitmodules', text(modules.join('')));
}

async function write(
  repository: Repository,
  tree: Tree,
  parents: readonly string[],
  message = 'begin',
  branch = 'main',
): Promise<string> {
  const [first, ...merged] = parents;
  const stream = Buffer.concat([
    // A branch that is begun anew keeps no parent that fast-import would put in by itself.
    Buffer.from(`reset refs/heads/${branch}\n\n`),
    Buffer.from(`commit refs/heads/${branch}\nmark :1\n`),
    Buffer.from(`committer Confroll Tests <tests@confroll.invalid> ${Math.floor(Date.now() / 1000)} +0000\n`),
    data(Buffer.from(message)),
    Buffer.from(first === undefined ? '' : `from ${first}\n`),
    Buffer.from(merged.map((each) => `merge ${each}\n`).join('')),
    Buffer.from('deleteall\n'),
    ...[...tree].flatMap(([name, each]) => change(name, each)),
    Buffer.from('\nget-mark :1\ndone\n'),
  ]);
  const flags = ['--quiet', '--done', '--force', '--date-format=raw'];
  return (await runGit(repository.directory, ['fast-import', ...flags], stream)).toString('utf8').trim();
}

function change(name: string, each: Entry): Buffer[] {
  const quoted = JSON.stringify(name);
  switch (each.kind) {
    case 'submodule':
      return [Buffer.from(`M 160000 ${each.commit} ${quoted}\n`)];
    case 'symlink':
      return [Buffer.from(`M 120000 inline ${quoted}\n`), data(Buffer.from(each.target))];
    case 'file':
      return [Buffer.from(`M 100644 inline ${quoted}\n`), data(each.bytes)];
    case 'executable':
      return [Buffer.from(`M 100755 inline ${quoted}\n`), data(each.bytes)];
  }
}

function data(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}
