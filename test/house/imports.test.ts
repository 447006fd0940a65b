// Imports point one way, and each library that opens a door of its own is reached through one place.
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Import, importsOf } from './imports.ts';
import { filesOf, textOf } from './repository.ts';

// A folder may import folders of a lower rank, and itself. Those of one rank do not know each other.
const ranks: Readonly<Record<string, number>> = {
  lib: 0,
  api: 1,
  content: 2,
  kube: 3,
  sync: 4,
  reloader: 4,
  webhook: 4,
  receiver: 4,
  dashboard: 4,
  cli: 4,
  main: 5,
};
const sdk = '@kubernetes/client-node';
const git = 'isomorphic-git';

const files = filesOf('src/**/*.ts');
const imports = new Map(files.map((file) => [file, importsOf(textOf(file))]));

describe('imports', () => {
  test('are found in every form that they have', () => {
    const source = [
      "import { one } from 'a';",
      "import type { Two } from 'b';",
      "import three, { type Four } from 'c';",
      "import * as five from 'd';",
      'import {',
      '  six,',
      "} from 'e';",
      "import 'f';",
      "export { seven } from 'g';",
      "export * from 'h';",
      "  const eight = await import('i');",
      '  const nine = await import(name);',
      "// import { ten } from 'j';",
      "export const eleven = (from: string) => from + 'from k';",
    ].join('\n');
    const shown = importsOf(source).map(({ kind, specifier }) => `${kind} ${specifier}`);
    expect(shown.toSorted()).toEqual([
      'dynamic ?',
      'dynamic i',
      'static a',
      'static c',
      'static d',
      'static e',
      'static f',
      'static g',
      'static h',
      'type b',
    ]);
  });

  test('are there to be looked at', () => {
    expect(files).toContain('src/main.ts');
    expect([...imports.values()].flat().length).toBeGreaterThan(files.length);
  });

  test('name what they import', () => {
    expect(offences(({ specifier }) => specifier === '?')).toEqual([]);
  });

  test('of our own files end with .ts and exist', () => {
    expect(
      offences(({ specifier }, file) => {
        const target = ownFile(file, specifier);
        return target !== undefined && !imports.has(target);
      }),
    ).toEqual([]);
  });

  test('point one way: lib <- api <- content <- kube <- parts <- main', () => {
    expect(
      offences(({ specifier }, file) => {
        const target = ownFile(file, specifier);
        if (target === undefined) return false;
        const [from, to] = [folderOf(file), folderOf(target)];
        return from !== to && rankOf(to) >= rankOf(from);
      }),
    ).toEqual([]);
  });

  test('of the Kubernetes SDK stand in kube/connection.ts alone', () => {
    expect(offences(({ specifier }, file) => specifier === sdk && file !== 'src/kube/connection.ts')).toEqual(
      [],
    );
  });

  test('of isomorphic-git stand in sync/git/ alone', () => {
    expect(
      offences(({ specifier }, file) => packageOf(specifier) === git && !file.startsWith('src/sync/git/')),
    ).toEqual([]);
  });
});

describe('what is loaded', () => {
  const isForbidden = (name: string): boolean => [sdk, git, 'ssh2'].includes(packageOf(name));

  test('before a role is chosen, is neither the Kubernetes SDK nor Git code', () => {
    expect(loadedFrom('src/main.ts', ['static']).filter(([name]) => isForbidden(name))).toEqual([]);
  });

  const webhookFiles = files.filter((file) => file.startsWith('src/webhook/'));
  for (const entry of ['src/main/webhook.ts', ...webhookFiles]) {
    test(`from ${entry}, now or later, is neither the Kubernetes SDK nor Git code`, () => {
      const loaded = loadedFrom(entry, ['static', 'dynamic']);
      expect(loaded.filter(([name]) => isForbidden(name))).toEqual([]);
    });
  }
});

describe('environment and flags', () => {
  test('are read in src/config.ts alone', () => {
    const reading = /\bprocess\s*\.\s*(?:env|argv)\b|\bprocess\s*\[/;
    expect(files.filter((file) => file !== 'src/config.ts' && reading.test(textOf(file)))).toEqual([]);
  });

  test('are handed to it by src/main.ts alone', () => {
    const taking = /^import\s+\{[^}]*\b(?:env|argv)\b[^}]*\}\s+from\s+'(?:node:)?process'/m;
    expect(files.filter((file) => file !== 'src/main.ts' && taking.test(textOf(file)))).toEqual([]);
  });
});

function offences(isOne: (each: Import, file: string) => boolean): string[] {
  return [...imports].flatMap(([file, all]) =>
    all.filter((each) => isOne(each, file)).map(({ specifier }) => `${file} imports ${specifier}`),
  );
}

function ownFile(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

// config.ts and version.ts belong to main: what they say reaches the parts as parameters.
function folderOf(file: string): string {
  const [, folder = '', ...rest] = file.split('/');
  return rest.length === 0 ? 'main' : folder;
}

function rankOf(folder: string): number {
  const rank = ranks[folder];
  if (rank === undefined) {
    throw new Error(`src/${folder}/ has no place yet: add it to the ranks here and to docs/architecture.md`);
  }
  return rank;
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Packages that an entry loads by imports of these kinds, each with the way there. `type` imports load nothing. */
function loadedFrom(entry: string, kinds: readonly Import['kind'][]): [name: string, chain: string][] {
  const chains = new Map([[entry, entry]]);
  const packages: [string, string][] = [];
  // A Map is iterated over what is added on the way, too.
  for (const [file, chain] of chains) {
    for (const { specifier, kind } of imports.get(file) ?? []) {
      const target = ownFile(file, specifier);
      if (!kinds.includes(kind)) continue;
      if (target === undefined) packages.push([specifier, chain]);
      else if (!chains.has(target)) chains.set(target, `${chain} -> ${target}`);
    }
  }
  return packages;
}
