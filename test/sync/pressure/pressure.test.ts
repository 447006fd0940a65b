// The states of strain on a clock in our hands and a tree of files of our own, read from a disk as the kernel's are.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPressure, type Strain } from '../../../src/sync/pressure/pressure.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { cpuStatV2, memoryStatV1, memoryStatV2, stall, v1Container, v2Container } from './recorded.ts';

const mebibyte = 2 ** 20;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pressure-'));
});
afterAll(() => rm(home, { recursive: true }));

async function world(files: Readonly<Record<string, string>> = {}) {
  const root = await mkdtemp(join(home, 'tree-'));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const clock = createFakeClock();
  const log = createRecordedLog();
  const registry = new Registry();
  const told: Strain['kind'][] = [];
  const own = { heapUsed: 10, heapLimit: 1_000, resident: 20, machine: 10_000, busy: 0.1 };
  const pressure = createPressure({
    clock,
    log,
    registry,
    readFile: (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
    ownMemory: () => own,
    eventLoop: () => own.busy,
  });
  pressure.onChange(({ kind }) => told.push(kind));
  const stop = new AbortController();
  const running = pressure.run(stop.signal);
  /** So many samples further. Files are read by the system, which the clock knows nothing of. */
  const samples = async (count: number): Promise<Strain['kind']> => {
    for (let index = 0; index < count; index += 1) {
      await waitForSleep(clock);
      await clock.advance(5_000);
    }
    await waitForSleep(clock);
    return pressure.current().kind;
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
    expect(clock.sleeping()).toBe(0);
  };
  return { write, log, registry, told, own, pressure, samples, [Symbol.asyncDispose]: end };
}

async function waitForSleep(clock: { sleeping(): number; settle(): Promise<void> }): Promise<void> {
  for (let turn = 0; turn < 10_000 && clock.sleeping() === 0; turn += 1) await clock.settle();
  expect(clock.sleeping()).toBe(1);
}

const v2 = {
  '/proc/self/cgroup': v2Container.selfCgroup,
  '/proc/self/mountinfo': v2Container.mountInfo,
  '/sys/fs/cgroup/cgroup.events': 'populated 1\nfrozen 0\n',
  '/sys/fs/cgroup/memory.max': `${256 * mebibyte}\n`,
  '/sys/fs/cgroup/memory.high': 'max\n',
  '/sys/fs/cgroup/memory.stat': memoryStatV2,
  '/sys/fs/cgroup/memory.current': `${170 * mebibyte}\n`,
  '/sys/fs/cgroup/cpu.stat': cpuStatV2,
};

describe('memory', () => {
  test('near its limit counts at once, in words that stay, and ends when calm has lasted', async () => {
    await using at = await world(v2);
    const { pressure, samples, write, told, log, registry } = at;
    expect(await samples(0)).toBe('none');
    expect([pressure.stretch(60_000), pressure.readsAtATime()]).toEqual([60_000, 4]);

    await write('/sys/fs/cgroup/memory.current', `${270 * mebibyte}\n`);
    expect(await samples(1)).toBe('memory');
    const strain = pressure.current();
    expect(strain).toMatchObject({
      message: expect.stringMatching(/uses 220 of 256 MiB of its memory limit/),
    });
    expect([pressure.stretch(60_000), pressure.readsAtATime()]).toEqual([180_000, 1]);
    expect(await registry.metrics()).toMatch(/^confroll_strain\{kind="memory"\} 1$/m);

    await write('/sys/fs/cgroup/memory.current', `${255 * mebibyte}\n`);
    expect(await samples(10)).toBe('memory');
    expect(pressure.current()).toEqual(strain);
    await write('/sys/fs/cgroup/memory.current', `${170 * mebibyte}\n`);
    expect(await samples(6)).toBe('memory');
    expect(await samples(1)).toBe('none');
    expect(told).toEqual(['memory', 'none']);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'controller is throttled',
      'controller is no longer throttled',
    ]);
    expect(await registry.metrics()).toMatch(/^confroll_strain\{kind="memory"\} 0$/m);
  });

  test('counts from memory.high on, where that is lower', async () => {
    await using at = await world({ ...v2, '/sys/fs/cgroup/memory.high': `${130 * mebibyte}\n` });
    expect(await at.samples(0)).toBe('memory');
  });

  test('of version 1', async () => {
    await using at = await world({
      '/proc/self/cgroup': v1Container.selfCgroup,
      '/proc/self/mountinfo': v1Container.mountInfo,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${256 * mebibyte}\n`,
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${260 * mebibyte}\n`,
      '/sys/fs/cgroup/memory/memory.stat': memoryStatV1,
    });
    expect(await at.samples(0)).toBe('none');
    await at.write('/sys/fs/cgroup/memory/memory.usage_in_bytes', `${280 * mebibyte}\n`);
    expect(await at.samples(1)).toBe('memory');
  });

  test('without limits: the heap, and the machine', async () => {
    await using at = await world();
    expect(await at.samples(0)).toBe('none');
    at.own.heapUsed = 900;
    expect(await at.samples(1)).toBe('memory');
    expect(at.pressure.current()).toMatchObject({ message: expect.stringContaining('JavaScript heap') });
    at.own.heapUsed = 10;
    expect(await at.samples(7)).toBe('none');
    at.own.resident = 9_000;
    expect(await at.samples(1)).toBe('memory');
    expect(at.pressure.current()).toMatchObject({ message: expect.stringContaining("machine's memory") });
  });

  test('that tasks wait for, in the own group or on the machine', async () => {
    await using at = await world({ '/proc/pressure/memory': stall(20, 15) });
    expect(await at.samples(2)).toBe('memory');
    await using inGroup = await world({
      ...v2,
      '/sys/fs/cgroup/memory.pressure': stall(1, 0),
      '/proc/pressure/memory': stall(20, 15),
    });
    expect(await inGroup.samples(3)).toBe('none');
  });
});

describe('the rest counts once it has lasted', () => {
  test('periods of the CPU limit in which it was stopped', async () => {
    await using at = await world(v2);
    expect(await at.samples(3)).toBe('none');
    for (let sample = 1; sample <= 3; sample += 1) {
      const text = `nr_periods ${1200 + sample * 50}\nnr_throttled ${300 + sample * 20}\nthrottled_usec 1\n`;
      await at.write('/sys/fs/cgroup/cpu.stat', text);
      expect(await at.samples(1)).toBe(sample < 3 ? 'none' : 'cpu');
    }
    expect(at.pressure.current()).toMatchObject({ message: expect.stringContaining('40 % of the periods') });
  });

  test.for([
    ['cpu', { ...v2, '/sys/fs/cgroup/cpu.pressure': stall(60, 60) }],
    ['io', { ...v2, '/sys/fs/cgroup/io.pressure': stall(60, 60) }],
    ['io', { '/proc/pressure/io': stall(60, 60) }],
    // A busy machine is not a busy controller.
    ['none', { '/proc/pressure/cpu': stall(60, 60) }],
  ] as const)('stalls: %s', async ([kind, files]) => {
    await using at = await world(files);
    expect(await at.samples(1)).toBe('none');
    expect(await at.samples(1)).toBe(kind);
  });

  test('the event loop', async () => {
    await using at = await world();
    at.own.busy = 0.95;
    expect(await at.samples(1)).toBe('none');
    expect(await at.samples(2)).toBe('eventLoop');
    // What kills comes before what is slow.
    at.own.heapUsed = 900;
    expect(await at.samples(1)).toBe('memory');
    expect(await at.registry.metrics()).toMatch(/^confroll_strain\{kind="eventLoop"\} 1$/m);
    at.own.heapUsed = 10;
    expect(await at.samples(7)).toBe('eventLoop');
    expect(at.told).toEqual(['eventLoop', 'memory', 'eventLoop']);
  });
});

test('files that say nothing that can be understood are no strain', async () => {
  const files = Object.fromEntries(Object.keys(v2).map((path) => [path, 'nonsense\n']));
  await using at = await world({
    ...files,
    '/proc/self/cgroup': v2Container.selfCgroup,
    '/proc/self/mountinfo': v2Container.mountInfo,
  });
  expect(await at.samples(3)).toBe('none');
});

test('long waits are not made longer without end', async () => {
  await using at = await world();
  at.own.heapUsed = 900;
  expect(await at.samples(1)).toBe('memory');
  expect([5_000, 90_000, 200_000, 3_600_000].map(at.pressure.stretch)).toEqual([
    15_000, 270_000, 300_000, 3_600_000,
  ]);
});
