// The cache of built programs, with a Go module of three lines.
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildUnit } from '../../../local/binaries/build-unit.ts';
import { unitFolder } from '../../../local/binaries/unit-folder.ts';
import type { Unit } from '../../../local/binaries/units.ts';
import { findProgram } from '../../../local/cluster/find-program.ts';
import { processIdentity } from '../../../local/cluster/process-identity.ts';
import { runCommand } from '../../../local/cluster/run-command.ts';

let cache: string;
let unit: Unit;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'confroll-build-'));
  cache = join(folder, 'cache');
  unit = {
    name: 'tiny',
    version: 'v1',
    module: join(folder, 'module'),
    package: '.',
    ldflags: '-s -w',
    programs: ['one', 'two'],
    usualMinutes: 1,
  };
  await mkdir(unit.module);
  await writeFile(join(unit.module, 'go.mod'), 'module tiny.test\n\ngo 1.21\n');
  await writeFile(join(unit.module, 'main.go'), 'package main\n\nfunc main() { println("hello") }\n');
});
afterEach(() => rm(join(cache, '..'), { recursive: true }));

const signal = () => AbortSignal.timeout(60_000);

describe('where Go is installed', () => {
  test('parallel callers build once; later ones need neither Go nor network', async (context) => {
    if (findProgram('go') === undefined) context.skip('Go is not installed');
    const lines: string[] = [];
    const options = { cache, signal: signal(), log: (line: string) => lines.push(line) };
    const folders = await Promise.all([buildUnit(unit, options), buildUnit(unit, options)]);
    expect(new Set(folders)).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('Building'))).toEqual([
      'Building one, two v1 from Go modules: usually 1 min on 2 cores, once.',
    ]);
    expect(await readlink(join(folders[0], 'two'))).toBe('tiny');
    await runCommand([join(folders[0], 'one')], { signal: signal() });
    lines.length = 0;
    expect(await buildUnit(unit, options)).toBe(folders[0]);
    expect(lines).toEqual([]);
  });

  test('a failed build says what the compiler said, and leaves nothing', async (context) => {
    if (findProgram('go') === undefined) context.skip('Go is not installed');
    await writeFile(join(unit.module, 'main.go'), 'package main\n\nfunc main() { undefinedName() }\n');
    const build = buildUnit(unit, { cache, signal: signal(), log: () => {} });
    await expect(build).rejects.toThrow('undefinedName');
    expect(await readdir(cache)).toEqual(['build.lock']);
  });

  test('what a killed build left is removed by the next', async (context) => {
    if (findProgram('go') === undefined) context.skip('Go is not installed');
    const [pid, , namespace] = (processIdentity(process.pid) ?? '').split('-');
    await mkdir(join(cache, `unfinished-${pid}-1-${namespace}`), { recursive: true });
    await mkdir(join(cache, 'unfinished-without-identity'));
    await buildUnit(unit, { cache, signal: signal(), log: () => {} });
    expect((await readdir(cache)).filter((entry) => entry.startsWith('unfinished'))).toEqual([]);
  });
});

describe('the folder of a unit', () => {
  test('stays the same while nothing changes, and changes with every file of the module', async () => {
    const first = await unitFolder(cache, unit);
    expect(await unitFolder(cache, unit)).toBe(first);
    await writeFile(join(unit.module, 'README.md'), 'no part of the build');
    expect(await unitFolder(cache, unit)).toBe(first);
    await writeFile(join(unit.module, 'go.sum'), 'example.com/x v1.0.0 h1:abc\n');
    const second = await unitFolder(cache, unit);
    expect(second).not.toBe(first);
    expect(await unitFolder(cache, { ...unit, ldflags: '' })).not.toBe(second);
  });
});
