// Nothing of a demo stays: no process, mount, device, cgroup or file, whether it ended, was interrupted or was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, getuid } from 'node:process';
import { beforeEach, describe, expect, it } from 'vitest';
import { deviceTo, hasDevice, processesNaming, untilGone } from '../local/cluster/traces.ts';
import { eventually } from '../support/eventually.ts';
import { testSize } from '../support/size.ts';

const repository = join(import.meta.dirname, '../..');

// Through make, as a person starts it, and so it is make that is killed.
describe.each(testSize({ usual: ['simulated'], full: ['simulated', 'real'] }))(
  'make demo ONCE=1 NODES=%s',
  (nodes) => {
    beforeEach((context) => {
      if (nodes === 'real' && getuid?.() !== 0) context.skip('a real node needs root');
    });

    it('leaves nothing after it has ended by itself', async () => {
      const demo = await startDemo(nodes);
      await once(demo.child, 'exit');
      expect(demo.output(), 'the demo').toContain('all of it happened as it should');
      expect(demo.child.exitCode).toBe(0);
      await nothingLeft(demo);
    }, 300_000);

    it.each(['SIGINT', 'SIGKILL'] as const)(
      'leaves nothing after %s in the middle',
      async (signal) => {
        const demo = await startDemo(nodes);
        const { child, output } = demo;
        await eventually(() => output().includes('A push rolls the workload') || child.exitCode !== null, {
          seconds: 120,
        });
        expect(child.exitCode).toBeNull();
        const names = (await readdir(demo.folder)).filter((name) => name.startsWith('confroll-cluster-'));
        expect(names.length).toBe(1);
        const device = deviceTo(/https:\/\/([\d.]+):/.exec(output())?.[1] ?? '');
        if (nodes === 'real') expect(device).toBeDefined();
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
        for (const name of names) await untilGone(join(demo.folder, name));
        if (device !== undefined) await eventually(() => !hasDevice(device));
        await nothingLeft(demo);
      },
      300_000,
    );
  },
);

type Demo = { readonly child: ChildProcess; readonly folder: string; readonly output: () => string };

async function startDemo(nodes: string): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'confroll-left-over-'));
  const options = { cwd: repository, env: { ...env, TMPDIR: folder } };
  const child = spawn('make', ['demo', 'ONCE=1', `NODES=${nodes}`], options);
  let text = '';
  const keep = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, folder, output: () => text };
}

async function nothingLeft({ folder }: Demo): Promise<void> {
  await eventually(
    async () => {
      const left = [...processesNaming(folder), ...(await readdir(folder))];
      if (left.length > 0) throw new Error(`still there: ${left.join('; ')}`);
      return true;
    },
    { what: 'the end of everything', seconds: 30 },
  );
  await rm(folder, { recursive: true });
}
