// One holder at a time, and none after a kill.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock } from '../../../local/binaries/build-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'confroll-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const never = (): void => {};
const deadline = () => AbortSignal.timeout(20_000);

test('the second waits, says so, and has it when the first releases it', async () => {
  const file = join(folder, 'deep', 'lock');
  const events: string[] = [];
  const first = await acquireLock(file, deadline(), never);
  const waiting = Promise.withResolvers<void>();
  const second = acquireLock(file, deadline(), waiting.resolve).then((lock) => {
    events.push('second has it');
    return lock;
  });
  await waiting.promise;
  events.push('first releases it');
  await first.release();
  await (await second).release();
  expect(events).toEqual(['first releases it', 'second has it']);
});

test('a killed holder is no holder', async () => {
  const file = join(folder, 'lock');
  const holder = `
    import { acquireLock } from '${new URL('../../../local/binaries/build-lock.ts', import.meta.url).href}';
    await acquireLock(process.argv[1], AbortSignal.timeout(60_000), () => {});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', holder, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const lock = await acquireLock(file, deadline(), never);
  await lock.release();
});

test('a waiter whose signal fires gives up, and the lock is free after the holder', async () => {
  const file = join(folder, 'lock');
  const first = await acquireLock(file, deadline(), never);
  const controller = new AbortController();
  const waiter = acquireLock(file, controller.signal, () => controller.abort(new Error('no longer wanted')));
  await expect(waiter).rejects.toThrow('no longer wanted');
  await first.release();
  await (await acquireLock(file, deadline(), never)).release();
});

test('a lock that cannot be made is an error', async () => {
  await expect(acquireLock('/dev/null/lock', deadline(), never)).rejects.toThrow('/dev/null');
  await expect(acquireLock('/proc/lock', deadline(), never)).rejects.toThrow('cannot be taken');
});
