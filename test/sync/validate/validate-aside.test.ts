// A folder is checked aside: the same is found, and a schema that never ends or takes all memory is given up.
import { afterAll, expect, test } from 'vitest';
import { showError } from '../../../src/content/content-error.ts';
import type { Rules } from '../../../src/content/validate/rules.ts';
import { validate } from '../../../src/content/validate/validate.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { validateAside } from '../../../src/sync/validate/validate-aside.ts';
import { folder } from '../../content/files.ts';
import { grafanaDashboard } from '../../support/wild.ts';

const never = new AbortController().signal;
const deps = { clock: systemClock };
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

test.each<[what: string, rules: Rules]>([
  ['at once', { ...none, required: ['d.yaml'] }],
  [
    'in a thread, for a schema',
    { ...none, schemas: [schema('{"properties": {"port": {"type": "integer"}}}')] },
  ],
])('%s, the same is found', async (_, rules) => {
  const errors = validate(files, rules);
  expect(errors.length).toBeGreaterThan(0);
  expect(await validateAside(files, rules, deps, never)).toEqual({ errors, isUnfinished: false });
});

test('much is read in a thread, and a timer goes on ticking meanwhile', async () => {
  const dashboard = grafanaDashboard();
  const large = folder({ 'a.json': dashboard, 'b.json': dashboard, 'c.yaml': dashboard, 'd.yaml': 'a: [' });
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 2);
  const { errors } = await validateAside(large, none, deps, never);
  clearInterval(timer);
  expect(errors.map(({ path }) => path)).toEqual(['d.yaml']);
  expect(ticks).toBeGreaterThan(5);
  // What was handed over is a copy.
  expect(large[0]?.bytes).toHaveLength(dashboard.length);
});

test('a pattern that never ends is given up, in words', async () => {
  const endless = schema('{"properties": {"a": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}}');
  const given = folder({ 'a.yaml': `a: ${'a'.repeat(100)}\n` });
  const verdict = await validateAside(
    given,
    { ...none, schemas: [endless] },
    { ...deps, milliseconds: 2_000 },
    never,
  );
  expect(verdict.isUnfinished).toBe(true);
  expect(verdict.errors.map(showError)).toEqual([
    'spec.validate: checking the files takes longer than 2 s; simplify the patterns of the schemas and the globs, or leave large files out with spec.validate.skip',
  ]);
});

test('a check that needs more memory than it may have is given up, in words', async () => {
  const hungry = schema(
    JSON.stringify({ items: { allOf: Array.from({ length: 200 }, () => ({ type: 'integer' })) } }),
  );
  const given = folder({ 'a.json': JSON.stringify(Array.from({ length: 200_000 }, () => 'x')) });
  const verdict = await validateAside(
    given,
    { ...none, schemas: [hungry] },
    { ...deps, milliseconds: 60_000 },
    never,
  );
  expect(verdict.isUnfinished).toBe(true);
  expect(verdict.errors.map(showError).join()).toMatch(/takes more than 192 MiB of memory; simplify/);
}, 90_000);

test('its caller may give up', async () => {
  const endless = schema('{"properties": {"a": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}}');
  const given = folder({ 'a.yaml': `a: ${'a'.repeat(100)}\n` });
  const signal = AbortSignal.timeout(500);
  await expect(validateAside(given, { ...none, schemas: [endless] }, deps, signal)).rejects.toThrow(
    'aborted due to timeout',
  );
});
