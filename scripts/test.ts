// Runs vitest and ends with the plain line `N passed, N failed, N skipped`. Arguments are handed on as file filters.
import process from 'node:process';
import { startVitest } from 'vitest/node';
import { prepareTests } from './prepare-tests.ts';

const filters = process.argv.slice(2);
if (filters.length === 0) {
  await prepareTests((line) => void process.stdout.write(`${line}\n`), new AbortController().signal);
}
const vitest = await startVitest('test', filters, { watch: false, passWithNoTests: false });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
const broken = vitest.state
  .getTestModules()
  .filter((module) => module.state() === 'failed' && count('failed') === 0);
const unhandled = vitest.state.getUnhandledErrors().length;
await vitest.close();
for (const test of tests) {
  const result = test.result();
  if (result.state === 'skipped')
    process.stdout.write(`skipped: ${test.fullName}: ${result.note ?? 'no reason given'}\n`);
}
// A file that could not even start, or an error outside any test, counts as a failure of its own.
const failed = count('failed') + broken.length + unhandled;
process.stdout.write(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`);
process.exit(failed > 0 || count('passed') === 0 ? 1 : 0);
