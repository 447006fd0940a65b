// A folder is checked aside: the same is found, and a schema that never ends or takes all memory is given up.
import type { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { showError } from '../../../src/content/content-error.ts';
import type { FolderFile } from '../../../src/content/folder-file.ts';
import type { Rules } from '../../../src/content/validate/rules.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { ToCheck } from '../../../src/sync/validate/packed.ts';
import { validateAside } from '../../../src/sync/validate/validate-aside.ts';
import { folder } from '../../content/files.ts';
import { grafanaDashboard } from '../../support/wild.ts';

const never = new AbortController().signal;
const deps = { clock: systemClock };
const whole = (files: readonly FolderFile[]): ToCheck => ({ files, envOnly: [] });
const none: Rules = { skip: [], required: [], schemas: [] };
const schema = (text: string): Rules['schemas'][number] => ({
  files: ['**'],
  schema: { name: 'schema.json', bytes: Buffer.from(text) },
});

const threads = (): number =>
  process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length;
const before = threads();
afterAll(() => expect(threads()).toBe(before));

const files = folder({ 'a.yaml': 'a: 1\na: 2\n', 'b.json': '{"port": "x"}', 'c.txt': '\0' });

const endless = schema('{"properties": {"a": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}}');
const endlessFiles = folder({ 'a.yaml': `a: ${'a'.repeat(100)}\n` });

test.each<[what: string, rules: Rules]>([
  ['at once', { ...none, required: ['d.yaml'] }],
  [
    'in a thread, for a schema',
    { ...none, schemas: [schema('{"properties": {"port": {"type": "integer"}}}')] },
  ],
])('%s, the same is found', async (_, rules) => {
  const errors = validate(files, rules);
  expect(errors.length).toBeGreaterThan(0);
  expect(await validateAside(whole(files), rules, deps, never)).toEqual({ errors, isUnfinished: false });
});

test('much is read in a thread, and a timer goes on ticking meanwhile', async () => {
  const dashboard = grafanaDashboard();
  const large = folder({ 'a.json': dashboard, 'b.json': dashboard, 'c.yaml': dashboard, 'd.yaml': 'a: [' });
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 2);
  const { errors } = await validateAside(whole(large), none, deps, never);
  clearInterval(timer);
  expect(errors.map(({ path }) => path)).toEqual(['d.yaml']);
  expect(ticks).toBeGreaterThan(5);
  // What was handed over is a copy.
  expect(large[0]?.bytes).toHaveLength(dashboard.length);
});

test('a pattern that never ends is given up, in words', async () => {
  const verdict = await validateAside(
    whole(endlessFiles),
    { ...none, schemas: [endless] },
    { ...deps, milliseconds: 2_000 },
    never,
  );
  expect(verdict.isUnfinished).toBe(true);
  expect(verdict.errors.map(showError)).toEqual([
    'spec.validate: checking the files takes longer than 2 s; simplify the patterns of the schemas and the globs, or leave large files out with spec.validate.skip',
  ]);
});

test('four greedy ones at once are checked one after the other, are given up in words, and end nothing else', async () => {
  const allOf = Array.from({ length: 200 }, () => ({ type: 'integer' }));
  const hungry = schema(JSON.stringify({ items: { allOf } }));
  const many = folder({ 'a.json': JSON.stringify(Array.from({ length: 200_000 }, () => 'x')) });
  const { most, stop } = watchWorkers();
  const verdicts = await Promise.all([
    validateAside(whole(many), { ...none, schemas: [hungry] }, { ...deps, milliseconds: 120_000 }, never),
    // It has its whole second, however long it waits for its turn.
    validateAside(
      whole(endlessFiles),
      { ...none, schemas: [endless] },
      { ...deps, milliseconds: 1_000 },
      never,
    ),
    validateAside(whole(many), { ...none, schemas: [hungry] }, { ...deps, milliseconds: 120_000 }, never),
    validateAside(
      whole(files),
      { ...none, schemas: [schema('false')] },
      { ...deps, milliseconds: 60_000 },
      never,
    ),
  ]);
  stop();
  expect(most()).toBe(1);
  const memory = /^spec\.validate: checking the files takes more than 128 MiB of memory; simplify/;
  expect(verdicts.map(({ errors }) => errors.map(showError).join('\n'))).toEqual([
    expect.stringMatching(memory),
    expect.stringMatching(/^spec\.validate: checking the files takes longer than 1 s; simplify/),
    expect.stringMatching(memory),
    expect.stringMatching(/^schema\.json: a JSON Schema is an object/),
  ]);
  expect(verdicts.map(({ isUnfinished }) => isUnfinished)).toEqual([true, true, true, false]);
}, 300_000);

test('what is as large as a folder may be is checked with the memory that there is', async () => {
  const text = (index: number): string => {
    const entry = (at: number): string => `key${at}:\n  name: value ${index} ${at}\n  list: [a, b, c]\n`;
    return Array.from({ length: 80 }, (_, at) => entry(at)).join('');
  };
  const large = folder(Array.from({ length: 3_000 }, (_, at) => [`d/${at}.yaml`, text(at)] as const));
  expect(large.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(10 * 1024 * 1024);
  const strict = schema('{"additionalProperties": {"properties": {"name": {"type": "integer"}}}}');
  const verdict = await validateAside(
    whole(large),
    { ...none, schemas: [strict] },
    { ...deps, milliseconds: 60_000 },
    never,
  );
  expect(verdict.isUnfinished).toBe(false);
  // Ten of each file were found; nobody counts them all.
  expect(verdict.errors).toHaveLength(1_000);
}, 90_000);

test('who waits for a turn may give up, and takes none', async () => {
  const first = validateAside(
    whole(endlessFiles),
    { ...none, schemas: [endless] },
    { ...deps, milliseconds: 2_000 },
    never,
  );
  const { most, stop } = watchWorkers();
  const stopped = new AbortController();
  const second = validateAside(whole(endlessFiles), { ...none, schemas: [endless] }, deps, stopped.signal);
  stopped.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  expect((await first).isUnfinished).toBe(true);
  stop();
  expect(most()).toBeLessThan(2);
});

test.each([0, 200_000])(
  'what only gives variables is looked at, and meets no demand for a file',
  async (length) => {
    const files = folder({ 'a.txt': 'x'.repeat(length) });
    const envOnly = folder({ 'b.yaml': 'B: [' });
    const rules = { ...none, required: ['b.yaml'] };
    const { errors } = await validateAside({ files, envOnly }, rules, deps, never);
    expect(errors.map(showError)).toEqual([
      expect.stringMatching(/^b\.yaml:1:5: /),
      'b.yaml: no such file would be published, and spec.validate.required asks for it; push it, select it, or take it out of the spec',
    ]);
  },
);

test('its caller may give up', async () => {
  const signal = AbortSignal.timeout(500);
  await expect(
    validateAside(whole(endlessFiles), { ...none, schemas: [endless] }, deps, signal),
  ).rejects.toThrow('aborted due to timeout');
});

function watchWorkers(): { most: () => number; stop: () => void } {
  let running = 0;
  let most = 0;
  const note = (worker: Worker): void => {
    running += 1;
    most = Math.max(most, running);
    worker.once('exit', () => {
      running -= 1;
    });
  };
  process.on('worker', note);
  return { most: () => most, stop: () => void process.off('worker', note) };
}
