// Nothing of a demo stays: no process, no file, whether it ended, was interrupted or was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';

const demo = join(import.meta.dirname, '../../local/demo-command.ts');

it('leaves nothing after it has ended by itself', async () => {
  const { child, folder, output } = await startDemo();
  await once(child, 'exit');
  expect(output(), 'the demo').toContain('all of it happened as it should');
  expect(child.exitCode).toBe(0);
  await nothingLeft(folder);
}, 300_000);

it.each(['SIGINT', 'SIGKILL'] as const)(
  'leaves nothing after %s in the middle',
  async (signal) => {
    const { child, folder, output } = await startDemo();
    await eventually(() => output().includes('A push rolls the workload') || child.exitCode !== null, {
      seconds: 120,
    });
    expect(child.exitCode).toBeNull();
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    await nothingLeft(folder);
  },
  300_000,
);

async function startDemo(): Promise<{ child: ChildProcess; folder: string; output: () => string }> {
  const folder = await mkdtemp(join(tmpdir(), 'confroll-left-over-'));
  const child = spawn(execPath, [demo, '--once', '--nodes', 'simulated'], {
    env: { ...env, TMPDIR: folder },
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, folder, output: () => text };
}

async function nothingLeft(folder: string): Promise<void> {
  await eventually(
    async () => {
      const running = await processesNaming(folder);
      if (running.length > 0) throw new Error(`still running: ${running.join('; ')}`);
      const files = await readdir(folder);
      if (files.length > 0) throw new Error(`still there: ${files.join(', ')}`);
      return true;
    },
    { what: 'the end of everything', seconds: 30 },
  );
  await rm(folder, { recursive: true });
}

/** Command lines of processes that name the folder in an argument or stand in it. */
async function processesNaming(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      const directory = await readlink(`/proc/${id}/cwd`).catch(() => '');
      return command.includes(folder) || directory.startsWith(folder) ? command.replaceAll('\0', ' ') : '';
    }),
  );
  return found.filter((command) => command !== '');
}
